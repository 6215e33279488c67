from pathlib import Path

import pytest

import service
from service.settings import Settings, SettingsError


def test_without_variables_the_service_is_for_this_machine_alone():
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 1)
    assert settings.instance_id == "local"


def test_predictors_lie_beside_the_package_unless_told_otherwise():
    assert Settings.from_environment({}).predictors == Path(service.__file__).parent.parent / "predictors"


def test_connections_stay_open_for_longer_than_the_load_balancer_keeps_them():
    assert Settings().keep_alive_seconds > 60


def test_every_variable_sets_its_own_setting():
    settings = Settings.from_environment(
        {
            "IRIS_HOST": "0.0.0.0",  # noqa: S104 (nothing listens here)
            "IRIS_PORT": "9000",
            "IRIS_PREDICTORS": "/srv/predictors",
            "IRIS_INSTANCE_ID": "i-0123",
            "IRIS_WORKERS": "2",
            "IRIS_KEEP_ALIVE_SECONDS": "61",
            "IRIS_MAX_BODY_BYTES": "4096",
            "OTHER": "x",
        }
    )
    assert settings == Settings(
        host="0.0.0.0",  # noqa: S104 (nothing listens here)
        port=9000,
        predictors=Path("/srv/predictors"),
        instance_id="i-0123",
        workers=2,
        keep_alive_seconds=61,
        max_body_bytes=4096,
    )


def test_an_empty_variable_is_as_good_as_none():
    assert Settings.from_environment({"IRIS_PORT": "", "IRIS_INSTANCE_ID": ""}) == Settings()


def test_all_mistakes_are_reported_together():
    wrong = {
        "IRIS_PORT": "70000",
        "IRIS_WORKERS": "0",
        "IRIS_KEEP_ALIVE_SECONDS": "1.5",
        "IRIS_MAX_BODY_BYTES": "1MB",
        "IRIS_INSTANCE_ID": "a\r\nSet-Cookie: b",
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(wrong)
    assert len(caught.value.mistakes) == len(wrong)
    assert all(any(name in mistake for mistake in caught.value.mistakes) for name in wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["-1", "+1", "٣", "1_0", "0x10", "9" * 5000, " 80"])
def test_only_plain_digits_are_a_whole_number(text: str):
    with pytest.raises(SettingsError, match="IRIS_PORT"):
        Settings.from_environment({"IRIS_PORT": text})
