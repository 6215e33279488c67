"""Import of the modules of `pulumi_aws`, whose deprecated classes warn when they are loaded."""

import tests.infra.mock_aws  # noqa: F401  # pyright: ignore[reportUnusedImport] - only loads the modules
