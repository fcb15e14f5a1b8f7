# What a contributor runs; CONTRIBUTING.md says when.
# Everything but test-lowest takes the Python, and the tools, of the active environment.
PYTHON ?= python

# Tests that train little and start few processes: about a minute on two cores.
FAST ?= tests/test_public_api.py tests/test_docstrings.py tests/test_exceptions.py \
	tests/test_imports.py tests/test_optional.py tests/test_files.py tests/_archive tests/_image tests/_ink \
	tests/baselines tests/datasets tests/images tests/inspection tests/preprocessing

# What test-lowest runs, for instance TESTS=tests/persistence; everything by default.
TESTS ?=
# What benchmark measures; examples/benchmarks/README.md lists the works.
WORK ?= epoch-mlm-cnn-large predict-one-cnn

LOWEST = build/lowest

.PHONY: help check test test-lowest docs benchmark

help:
	@echo "make check        format, lint, types, import contracts and the fast tests"
	@echo "make test         all tests, doctests and blocks of the documentation"
	@echo "make test-lowest  all tests with the oldest dependencies that pyproject.toml allows"
	@echo "make docs         the documentation, in docs/_build/html"
	@echo "make benchmark    speed next to Keras and others, in build/speed.json"

check:
	pre-commit run --all-files
	$(PYTHON) -m pytest $(FAST)

test:
	$(PYTHON) -m pytest

# Old libraries warn of what the newest libraries below them deprecate: these warnings are no errors.
test-lowest:
	uv venv --quiet --clear --python 3.11 $(LOWEST)
	uv pip install --quiet --python $(LOWEST) --resolution lowest-direct -e ".[test,boosting]"
	$(LOWEST)/bin/python -m pytest $(TESTS) \
		-W default::DeprecationWarning -W default::PendingDeprecationWarning

docs:
	$(PYTHON) -m sphinx -W -b html docs docs/_build/html

benchmark:
	$(PYTHON) examples/benchmarks/compare_with_peers.py --output build/speed.json --work $(WORK)
