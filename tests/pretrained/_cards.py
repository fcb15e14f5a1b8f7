"""What a model card says, for a program."""

from __future__ import annotations

import json
import re

from skdigits.pretrained._pretrained import card_location


def figures(name):
    """Read the JSON part of a model card."""
    text = card_location(name).read_text("utf-8")
    return json.loads(re.search(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1])
