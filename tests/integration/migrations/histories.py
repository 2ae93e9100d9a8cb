"""Histories that between them hold every kind of script an engine can be killed in."""

from __future__ import annotations

PLAIN = {
    "1_tables": (
        "CREATE TABLE a (id serial PRIMARY KEY, body text);\n"
        "INSERT INTO a (body) VALUES ('one; of two'), ('two');\n"
        "CREATE FUNCTION shout(words text) RETURNS text LANGUAGE sql AS $$ SELECT upper(words); $$;\n"
    ),
    "2_more": "ALTER TABLE a ADD COLUMN seen int NOT NULL DEFAULT 0;\nUPDATE a SET seen = seen + 1;\n",
    "3_empty": "",
    "4_comments": "-- nothing\n/* at all; */\n",
    "5_elsewhere": (
        "CREATE SCHEMA other;\nSET search_path = other;\nCREATE TABLE b (id int);\n"
        "INSERT INTO b VALUES (1);\n"
    ),
    "6_back": "CREATE TABLE b (id int);\nINSERT INTO b VALUES (2);\n",
}
BLOCKS = {
    "1_wrapped": "BEGIN;\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nCOMMIT;\n",
    "2_serializable": (
        "BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO a SELECT id + 1 FROM a;\nEND;\n"
    ),
    "3_several": (
        "BEGIN;\nCREATE TABLE b (id int);\nCOMMIT;\nBEGIN;\nINSERT INTO b VALUES (1);\nCOMMIT;\n"
        "BEGIN;\nINSERT INTO b VALUES (2);\nCOMMIT;\n"
    ),
    "4_last": "INSERT INTO b VALUES (3);\n",
}
BUILDS = {
    "1_tables": "CREATE TABLE a (id int, body text);\nINSERT INTO a VALUES (1, 'x'), (2, 'y');\n",
    "2_named": "CREATE INDEX CONCURRENTLY by_body ON a (body);\n",
    "3_unnamed": "CREATE INDEX CONCURRENTLY ON a (id, body);\n",
    "4_unique": "CREATE UNIQUE INDEX CONCURRENTLY one_id ON a (id);\n",
    "5_if_not_exists": "CREATE INDEX CONCURRENTLY IF NOT EXISTS maybe ON a (id DESC);\n",
}
CHANGES = {
    "1_tables": (
        "CREATE TABLE a (id int, body text);\nCREATE INDEX i ON a (id);\nCREATE INDEX j ON a (body);\n"
        "CREATE TABLE parted (id int) PARTITION BY LIST (id);\n"
        "CREATE TABLE part PARTITION OF parted FOR VALUES IN (1);\nINSERT INTO parted VALUES (1);\n"
    ),
    "2_drop": "DROP INDEX CONCURRENTLY i;\n",
    "3_reindex": "REINDEX INDEX CONCURRENTLY j;\n",
    "4_detach": "ALTER TABLE parted DETACH PARTITION part CONCURRENTLY;\n",
    "5_vacuum": "VACUUM (ANALYZE) a;\n",
}
STEPS = {
    "1_types": "CREATE TYPE mood AS ENUM ('calm');\nCREATE TABLE a (id int, felt mood);\n",
    "2_indexes": (
        "CREATE INDEX CONCURRENTLY i ON a (id);\nCREATE INDEX CONCURRENTLY j ON a (felt);\n"
        "DROP INDEX CONCURRENTLY i;\n"
    ),
    "3_value": "ALTER TYPE mood ADD VALUE 'glad';\nINSERT INTO a VALUES (1, 'glad');\n",
    "4_mixed": (
        "INSERT INTO a VALUES (2, 'calm');\nCREATE INDEX CONCURRENTLY k ON a (id);\n"
        "INSERT INTO a VALUES (3, 'calm');\nVACUUM a;\n"
    ),
}
COMMITTING = {
    "1_procedure": (
        "CREATE TABLE a (id int);\nCREATE PROCEDURE fill() LANGUAGE plpgsql AS $$\n"
        "BEGIN INSERT INTO a VALUES (1); COMMIT; INSERT INTO a VALUES (2); END $$;\n"
    ),
    "2_call": "CALL fill();\n",
    "3_do": "DO $$ BEGIN CREATE TABLE b (id int); COMMIT; INSERT INTO b VALUES (1); END $$;\n",
    "4_undone_first": "DO $datatier$ BEGIN ROLLBACK; INSERT INTO b VALUES (2); COMMIT; END $datatier$;\n",
}
ALL = {
    "plain scripts": PLAIN,
    "blocks": BLOCKS,
    "sole builds": BUILDS,
    "sole changes": CHANGES,
    "steps": STEPS,
    "what commits inside": COMMITTING,
}
WHOLE = {
    "1_tables": "CREATE TABLE a (id serial PRIMARY KEY);\nINSERT INTO a DEFAULT VALUES;\n",
    "2_index": "CREATE INDEX CONCURRENTLY i ON a (id);\n",
    "3_grant": "GRANT SELECT ON a TO monitor;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
}
