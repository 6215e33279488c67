"""Stand-in for the AWS plugin that creates the resources on the LocalStack at AWS_ENDPOINT_URL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from localcloud.aws.clients import Api
from localcloud.aws.credentials import credentials_from_environment
from tests.engine.plugin.localstack.account import LocalStackAccount
from tests.engine.plugin.provider import ACCOUNT_FILE, Provider, run_plugin

BALANCER: Final = "FAKE_AWS_BALANCER"
"""Variable with the host and port of a service that answers for every load balancer."""

if __name__ == "__main__":
    api = Api(
        os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"], credentials_from_environment(os.environ)
    )
    account = LocalStackAccount(Path(os.environ[ACCOUNT_FILE]), api, os.environ[BALANCER])
    run_plugin(Provider(account, account.look_up))
