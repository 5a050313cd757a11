"""The tables of `forge.db`."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, login TEXT NOT NULL, lower_login TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '', password_hash TEXT NOT NULL DEFAULT '',
    is_admin INTEGER NOT NULL DEFAULT 0, is_active INTEGER NOT NULL DEFAULT 1,
    must_change_password INTEGER NOT NULL DEFAULT 0, prohibit_login INTEGER NOT NULL DEFAULT 0,
    visibility TEXT NOT NULL DEFAULT 'public', description TEXT NOT NULL DEFAULT '',
    website TEXT NOT NULL DEFAULT '', location TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL, last_login_at INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, last_eight TEXT NOT NULL, scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL, used_at INTEGER NOT NULL, UNIQUE (user_id, name));
CREATE TABLE IF NOT EXISTS teams (
    id INTEGER PRIMARY KEY AUTOINCREMENT, org_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL, lower_name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', permission TEXT NOT NULL,
    includes_all INTEGER NOT NULL, can_create INTEGER NOT NULL, units TEXT NOT NULL, UNIQUE (org_id, lower_name));
CREATE TABLE IF NOT EXISTS team_members (
    team_id INTEGER NOT NULL REFERENCES teams ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, PRIMARY KEY (team_id, user_id));
CREATE TABLE IF NOT EXISTS public_members (
    org_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, PRIMARY KEY (org_id, user_id));
CREATE TABLE IF NOT EXISTS repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id INTEGER NOT NULL REFERENCES users, name TEXT NOT NULL,
    lower_name TEXT NOT NULL, renaming_to TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '',
    website TEXT NOT NULL DEFAULT '', private INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0,
    archived_at INTEGER NOT NULL DEFAULT 0, default_branch TEXT NOT NULL, number_counter INTEGER NOT NULL DEFAULT 0,
    disallowed_merge_styles TEXT NOT NULL DEFAULT '["fast-forward-only"]',
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (owner_id, lower_name));
CREATE TABLE IF NOT EXISTS team_repositories (
    team_id INTEGER NOT NULL REFERENCES teams ON DELETE CASCADE,
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE, PRIMARY KEY (team_id, repository_id));
CREATE TABLE IF NOT EXISTS collaborators (
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, permission TEXT NOT NULL,
    PRIMARY KEY (repository_id, user_id));
CREATE TABLE IF NOT EXISTS redirects (
    owner_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, lower_name TEXT NOT NULL,
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE, PRIMARY KEY (owner_id, lower_name));
CREATE TABLE IF NOT EXISTS pulls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    number INTEGER NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, author_id INTEGER NOT NULL REFERENCES users,
    head TEXT NOT NULL, base TEXT NOT NULL, state TEXT NOT NULL, check_state TEXT NOT NULL, head_sha TEXT NOT NULL,
    merge_base TEXT NOT NULL, content_version INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, closed_at INTEGER, merged_at INTEGER, merged_by INTEGER,
    merge_commit TEXT NOT NULL DEFAULT '', merging_commit TEXT NOT NULL DEFAULT '', merging_by INTEGER,
    UNIQUE (repository_id, number));
CREATE INDEX IF NOT EXISTS pulls_by_head ON pulls (repository_id, state, head);
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    number INTEGER NOT NULL, author_id INTEGER NOT NULL REFERENCES users, body TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS comments_by_number ON comments (repository_id, number);
CREATE TABLE IF NOT EXISTS hooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner_kind TEXT NOT NULL, owner_id INTEGER NOT NULL, type TEXT NOT NULL,
    url TEXT NOT NULL, content_type TEXT NOT NULL, secret TEXT NOT NULL, active INTEGER NOT NULL,
    events TEXT NOT NULL, branch_filter TEXT NOT NULL, authorization_header TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS hooks_by_owner ON hooks (owner_kind, owner_id);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hook_id INTEGER NOT NULL, uuid TEXT NOT NULL, event TEXT NOT NULL,
    event_type TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL, delivered_at INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, hook_id);
CREATE TABLE IF NOT EXISTS oauth_applications (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL, client_id TEXT NOT NULL UNIQUE, secret_digest TEXT NOT NULL, redirect_uris TEXT NOT NULL,
    confidential INTEGER NOT NULL, skip_consent INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_grants (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    application_id INTEGER NOT NULL REFERENCES oauth_applications ON DELETE CASCADE, scope TEXT NOT NULL,
    nonce TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (user_id, application_id));
CREATE TABLE IF NOT EXISTS oauth_codes (
    digest TEXT PRIMARY KEY, grant_id INTEGER NOT NULL REFERENCES oauth_grants ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL, challenge_method TEXT NOT NULL,
    expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, csrf TEXT NOT NULL,
    expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
