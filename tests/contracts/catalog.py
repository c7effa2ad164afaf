"""What PostgreSQL's catalog says of a schema, in a form that can be compared."""

from typing import Any, NamedTuple

import psycopg

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""
# Since PostgreSQL 18 a NOT NULL is a constraint too; columns tell it already.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, convalidated
    FROM pg_constraint WHERE connamespace = %s::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s"
_ENUMS = """
    SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = %s::regnamespace GROUP BY t.typname
"""
_CODE = """
    SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p
    WHERE p.pronamespace = %s::regnamespace AND p.prokind = 'f'
    UNION ALL
    SELECT t.tgname || ' of ' || t.tgrelid::regclass, pg_get_triggerdef(t.oid) FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relnamespace = %s::regnamespace
"""

Key = tuple[str, str]


class Catalog(NamedTuple):
    """Columns, constraints and indexes by (table, name); enums and functions by name."""

    columns: dict[Key, tuple[Any, ...]]
    constraints: dict[Key, tuple[Any, ...]]
    indexes: dict[Key, tuple[Any, ...]]
    enums: dict[str, list[str]]
    code: dict[str, str]

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self.columns}


def read_catalog(url: str, schema: str = "public") -> Catalog:
    with psycopg.connect(url) as conn:
        return Catalog(
            columns={(row[0], row[1]): row[2:] for row in conn.execute(_COLUMNS, (schema,))},
            constraints={(row[0], row[1]): row[2:] for row in conn.execute(_CONSTRAINTS, (schema,))},
            indexes={(row[0], row[1]): row[2:] for row in conn.execute(_INDEXES, (schema,))},
            enums=dict(conn.execute(_ENUMS, (schema,)).fetchall()),
            code=dict(conn.execute(_CODE, (schema, schema)).fetchall()),
        )
