"""A missing optional dependency says which command installs it."""

import math

import pytest

from skdigits._optional import import_optional


def test_what_is_installed_is_imported():
    assert import_optional("math", extra="dask", purpose="counting") is math


def test_what_is_missing_is_named_with_its_extra():
    with pytest.raises(ImportError, match=r"Drawing needs no_such_package.*skdigits\[dask\]"):
        import_optional("no_such_package.sub", extra="dask", purpose="Drawing")


def test_an_import_error_inside_an_installed_package_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "half_broken.py").write_text("import another_missing_package")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="another_missing_package"):
        import_optional("half_broken", extra="dask", purpose="Drawing")
