-- Whatever COPY, a checksum or a name might get wrong: run by the owner.
CREATE SCHEMA "Sché. ""ma""";
CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TYPE pair AS (a int, "B b" text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE "Sché. ""ma"""."Ta.ble ""x"" 名" ("Col ""c"" ü" text, "select" int, id serial PRIMARY KEY);
INSERT INTO "Sché. ""ma"""."Ta.ble ""x"" 名" SELECT E'a\tb\nc\\ ' || n, n FROM generate_series(1, 50) n;
CREATE TABLE kinds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood mood, pair pair, size positive,
    twice int GENERATED ALWAYS AS (size * 2) STORED, numbers int[], odd float8, moment timestamptz, raw bytea,
    document jsonb, plain json, gone text, note text
);
INSERT INTO kinds (mood, pair, size, numbers, odd, moment, raw, document, plain, gone, note) VALUES
    ('fine', (1, E'x"\\'), 1, '{1,NULL,3}', 'NaN', 'infinity', '\x00ff', '{"a": [null]}', '{ "a":1 }', 'x', NULL),
    ('so so', NULL, 7, '{}', '-Infinity', '2026-02-28 23:59:59.999999+05:30', '', 'null', '[]', 'y', ''),
    (NULL, (NULL, NULL), 2, '{{1,2},{3,4}}', 1e-310, '-infinity', NULL, NULL, NULL, 'z', E'\\N\\.\r\n'),
    (NULL, NULL, NULL, NULL, 'Infinity', NULL, NULL, '"é"', '"\u00e9"', NULL, '\.');
ALTER TABLE kinds DROP COLUMN gone;
CREATE TABLE events (at date, id int) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
CREATE TABLE events_new_0 PARTITION OF events_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_new_1 PARTITION OF events_new FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO events SELECT date '2025-06-01' + n, n FROM generate_series(1, 400) n;
CREATE TABLE parent (id int);
CREATE TABLE child (more text) INHERITS (parent);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (2, 'two'), (3, 'three');
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE empty (id int PRIMARY KEY);
CREATE TABLE only_computed (id int GENERATED ALWAYS AS (1) STORED);
INSERT INTO only_computed DEFAULT VALUES;
CREATE UNLOGGED TABLE fleeting (id int);
INSERT INTO fleeting VALUES (1);
CREATE TABLE large (id int, body text);
INSERT INTO large SELECT n, md5(n::text) || repeat('x', n % 300) FROM generate_series(1, 30000) n;
DELETE FROM large WHERE id % 7 = 0;
CREATE SEQUENCE alone INCREMENT 5;
SELECT nextval('alone');
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM large;
CREATE VIEW sizes AS SELECT id, size FROM kinds;
COMMENT ON TABLE kinds IS 'with a comment';
