"""The users that the stack makes in Superset: its first administrator, and the one that its registrations log in as."""

import logging

log = logging.getLogger("setup")

TABLE = "stack_password"
"""A table beside Superset's own: the hash of the password that the stack last gave a user."""

REGISTRAR_ROLE = "Registrar"

REGISTRAR_PERMISSIONS = (
    *(
        (permission, view)
        for view in ("Database", "Dataset", "Chart", "Dashboard")
        for permission in ("can_read", "can_write")
    ),
    ("can_import_", "ImportExportRestApi"),
    # The token that each write needs.
    ("can_read", "SecurityRestApi"),
    ("all_database_access", "all_database_access"),
    ("all_datasource_access", "all_datasource_access"),
)


def ensure_admin(username: str, email: str, password: str) -> None:
    """Makes the administrator, or gives the one that is there the role Admin, and a password that the stack changed.

    A password that somebody set in Superset stays until the stack makes another one.
    """
    from superset.extensions import db, security_manager

    role = security_manager.find_role("Admin")
    user = ensure_user(username, "Superset", "Admin", email, role)
    if role not in user.roles:
        user.roles.append(role)
    user.email = email
    set_changed_password(user, password)
    db.session.commit()


def ensure_registrar(username: str, password: str) -> None:
    """Makes the registrations' user. Whatever was changed of it and its role is set back."""
    from superset.extensions import db, security_manager
    from werkzeug.security import check_password_hash, generate_password_hash

    role = security_manager.add_role(REGISTRAR_ROLE)
    role.permissions = [
        security_manager.add_permission_view_menu(permission, view)
        for permission, view in REGISTRAR_PERMISSIONS
    ]
    user = ensure_user(username, "Stack", "Registrar", f"{username}@localhost", role)
    user.roles = [role]
    user.active = True
    if not check_password_hash(user.password or "", password):
        user.password = generate_password_hash(password)
        log.info("set the password of user %s", username)
    db.session.commit()


def ensure_user(username: str, first_name: str, last_name: str, email: str, role):
    """The user of this name, who is made without a password where there is none."""
    from superset.extensions import security_manager

    user = security_manager.find_user(username=username)
    if user is not None:
        return user
    user = security_manager.add_user(username, first_name, last_name, email, role)
    if not user:
        raise RuntimeError(f"user {username} could not be made; the line above says why")
    log.info("made user %s", username)
    return user


def set_changed_password(user, password: str) -> None:
    """Sets a password unless it is the one that the stack set last, and notes that it is."""
    from sqlalchemy import text
    from superset.extensions import db
    from werkzeug.security import check_password_hash, generate_password_hash

    name = {"name": user.username}
    db.session.execute(
        text(f"CREATE TABLE IF NOT EXISTS {TABLE} (username text PRIMARY KEY, hash text NOT NULL)")
    )
    noted = db.session.execute(
        text(f"SELECT hash FROM {TABLE} WHERE username = :name"), name
    ).scalar()
    if noted is not None and user.password and check_password_hash(noted, password):
        return
    user.password = generate_password_hash(password)
    db.session.execute(text(f"DELETE FROM {TABLE} WHERE username = :name"), name)
    db.session.execute(
        text(f"INSERT INTO {TABLE} VALUES (:name, :hash)"), {**name, "hash": user.password}
    )
    log.info("set the password of user %s", user.username)
