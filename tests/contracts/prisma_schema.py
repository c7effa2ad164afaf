"""A Prisma schema as the SQL that Prisma makes of it, for what ours uses of the language."""

import re
from collections.abc import Iterable, Iterator

from tests.node_packages import ROOT

SCHEMA = ROOT / "prisma" / "schema.prisma"

TYPES = {
    "String": "TEXT",
    "Int": "INTEGER",
    "BigInt": "BIGINT",
    "Float": "DOUBLE PRECISION",
    "Boolean": "BOOLEAN",
    "DateTime": "TIMESTAMP(3)",
    "Json": "JSONB",
    "Bytes": "BYTEA",
}
ACTIONS = {"Cascade": "CASCADE", "SetNull": "SET NULL", "Restrict": "RESTRICT"}

_BLOCK = re.compile(r"^(model|enum) (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"(?P<name>\w+) +(?P<type>\w+)(?P<many>\[\])?(?P<optional>\?)? *(?P<attributes>.*)")
_OF_MODEL = re.compile(r"@@(?P<kind>id|unique|index)\(\[(?P<fields>[^\]]*)\]\)")
_DEFAULT = re.compile(r"@default\((\w+)(\(\))?\)")
_RELATION = re.compile(r"@relation\(.*fields: \[(\w+)\], references: \[(\w+)\](?:, onDelete: (\w+))?")


def ddl(schema: str) -> str:
    """What `prisma migrate diff --from-empty --script` would print, but for the order and for lists (see below).

    Raises:
        ValueError: a line uses more of the language than is known here.
    """
    blocks = _BLOCK.findall(schema)
    enums = {name: body.split() for kind, name, body in blocks if kind == "enum"}
    models = {name: _lines(body) for kind, name, body in blocks if kind == "model"}
    return ";\n".join(
        [
            *(f'CREATE TYPE "{name}" AS ENUM ({_literals(values)})' for name, values in enums.items()),
            *(statement for name, lines in models.items() for statement in _table(name, lines, set(enums))),
            *(statement for name, lines in models.items() for statement in _foreign_keys(name, lines, set(models))),
        ]
    )


def _lines(body: str) -> list[str]:
    lines = (line.partition("//")[0].strip() for line in body.splitlines())
    return [line for line in lines if line]


def _table(model: str, lines: list[str], enums: set[str]) -> Iterator[str]:
    columns: list[str] = []
    key: list[str] = []
    indexes: list[tuple[str, list[str]]] = []
    for line in lines:
        if of_model := _OF_MODEL.fullmatch(line):
            fields = of_model["fields"].split(", ")
            if of_model["kind"] == "id":
                key = fields
            else:
                indexes.append((of_model["kind"], fields))
            continue
        field = _FIELD.fullmatch(line)
        if field is None:
            raise ValueError(f"{model}: {line}")
        if field["type"] not in TYPES and field["type"] not in enums:
            continue  # A relation.
        columns.append(_column(model, field))
        attributes = field["attributes"].split()
        if "@id" in attributes:
            key = [field["name"]]
        if "@unique" in attributes:
            indexes.append(("unique", [field["name"]]))
    columns.append(f'CONSTRAINT "{model}_pkey" PRIMARY KEY ({_listed(key)})')
    yield f'CREATE TABLE "{model}" ({", ".join(columns)})'
    for kind, fields in indexes:
        yield _index(model, kind, fields)


def _column(model: str, field: re.Match[str]) -> str:
    name, kind = field["name"], field["type"]
    definition = f'"{name}" ' + (TYPES.get(kind) or f'"{kind}"')
    default = _DEFAULT.search(field["attributes"])
    if default and default[1] == "autoincrement":
        definition = f'"{name}" ' + {"BigInt": "BIGSERIAL", "Int": "SERIAL"}[kind]
    elif default and default[1] == "now":
        definition += " DEFAULT CURRENT_TIMESTAMP"
    elif default and default[1] not in {"cuid", "uuid"}:
        definition += f" DEFAULT {default[1] if default[1].isdigit() else _literals([default[1]])}"
    if field["many"]:
        # Prisma leaves a list without NOT NULL, reads NULL as an empty one, and never writes it; ours cannot be NULL.
        definition += "[]"
    return definition + ("" if field["optional"] else " NOT NULL")


def _index(model: str, kind: str, fields: list[str]) -> str:
    names = [field.partition("(")[0] for field in fields]
    orders = [" DESC" if field.endswith("(sort: Desc)") else "" for field in fields]
    keyword, ending = {"unique": ("UNIQUE INDEX", "key"), "index": ("INDEX", "idx")}[kind]
    columns = ", ".join(f'"{name}"{order}' for name, order in zip(names, orders, strict=True))
    return f'CREATE {keyword} "{"_".join([model, *names, ending])}" ON "{model}" ({columns})'


def _foreign_keys(model: str, lines: list[str], models: set[str]) -> Iterator[str]:
    for line in lines:
        field, relation = _FIELD.fullmatch(line), _RELATION.search(line)
        if field is None or relation is None or field["type"] not in models:
            continue
        column, target, action = relation.groups()
        on_delete = ACTIONS[action or ("SetNull" if field["optional"] else "Restrict")]
        yield (
            f'ALTER TABLE "{model}" ADD CONSTRAINT "{model}_{column}_fkey" FOREIGN KEY ("{column}") '
            f'REFERENCES "{field["type"]}" ("{target}") ON DELETE {on_delete} ON UPDATE CASCADE'
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _literals(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
