"""Gitea's endpoints, by noun, as far as the product uses them."""
