"""The participant that needs no key and no network: spelling, grammar and clarity, by Harper (§18.2)."""

from services.llm.copy_editor.editor import CopyEditor
from services.llm.copy_editor.remarks import Remark

__all__ = ["CopyEditor", "Remark"]
