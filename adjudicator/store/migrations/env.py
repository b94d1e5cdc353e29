"""Where Alembic enters. ``Store.migrate`` hands it the connection.

To change the tables, change ``tables.py`` and write the next file in ``versions`` by hand, after the model of the last:
a test migrates an empty database and compares what comes out with ``tables.py``. A released file is never changed.
"""

from alembic import context

from adjudicator.store.tables import metadata

if context.is_offline_mode():
    context.configure(
        dialect_name=context.get_x_argument(as_dictionary=True).get("dialect", "postgresql"), target_metadata=metadata
    )
else:
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)

with context.begin_transaction():
    context.run_migrations()
