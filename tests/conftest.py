"""Makes the fixtures of `tests/plugins` known to every test."""

pytest_plugins = ["tests.plugins.servers", "tests.plugins.application_database", "tests.plugins.tier"]
