"""The admin pages (§17): one module for the page, one for each tab's reading and acts."""

from pages.admin.page import register

__all__ = ["register"]
