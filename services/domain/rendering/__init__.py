"""Markdown to HTML that is safe to show: documents, messages, titles (§8.2)."""
