"""A function's body that imitates headers of the archive's own script takes no entry's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from containers.backup.compare import differences

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.backup.restore.conftest import Ground

NUMBERS = range(150, 400)
"""Among them are those of a small database's tables."""

WITH_A_BODY = """
CREATE FUNCTION public.sly() RETURNS int LANGUAGE sql AS $$
BODY
SELECT 1
$$;
CREATE TABLE public.real (id int PRIMARY KEY);
INSERT INTO public.real VALUES (1);
"""


def test_headers_in_a_body_are_no_headers(backed_up: Callable[..., Ground]) -> None:
    imitations = "\n".join(
        f"--\n-- TOC entry {number} (class 1259 OID {number})\n"
        "-- Name: EXTENSION x; Type: COMMENT; Schema: -; Owner: \n-- Data Pos: 0\n--\n"
        for number in NUMBERS
    )
    ground = backed_up(WITH_A_BODY.replace("BODY", imitations))
    database = ground.new_database()
    ground.restore(database)
    with database.server.admin_connection(database.name) as connection:
        assert differences(ground.manifest, connection, streams=2) == []
