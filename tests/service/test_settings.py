from pathlib import Path

import pytest

import service
from service.settings import Settings, SettingsError


def test_without_variables_the_service_is_only_for_this_machine():
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 1)
    assert settings.instance_id == "local"


def test_without_variables_the_limits_are_those_that_the_service_was_measured_with():
    assert Settings() == Settings(
        keep_alive_seconds=75,  # longer than the 60 s of an ALB
        max_body_bytes=2**20,
        head_seconds=10,
        body_seconds=30,
        max_connections=4_096,
        max_concurrent=512,
        max_batches=8,
        drain_seconds=20,  # shorter than the 30 s of the unit (infra/fleet/boot/iris.service)
        grace_seconds=3,
        compress_bytes=1_024,
        log_sample=100,
        metrics=True,
        report_load=False,
        docs=True,
        blocked_paths=(),
        batch_flowers=10_000,
        cors_origins=(),
    )


def test_predictors_are_next_to_the_package_by_default():
    assert Settings.from_environment({}).predictors == Path(service.__file__).parent.parent / "predictors"


def test_connections_stay_open_longer_than_the_load_balancer_s():
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
            "IRIS_HEAD_SECONDS": "4",
            "IRIS_BODY_SECONDS": "5",
            "IRIS_MAX_CONNECTIONS": "6",
            "IRIS_MAX_CONCURRENT": "7",
            "IRIS_MAX_BATCHES": "12",
            "IRIS_DRAIN_SECONDS": "9",
            "IRIS_GRACE_SECONDS": "8",
            "IRIS_COMPRESS_BYTES": "500",
            "IRIS_LOG_SAMPLE": "0",
            "IRIS_METRICS": "off",
            "IRIS_DOCS": "off",
            "IRIS_REPORT_LOAD": "on",
            "IRIS_BATCH_FLOWERS": "11",
            "IRIS_CORS_ORIGINS": "https://example.org, http://[::1]:8000",
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
        head_seconds=4,
        body_seconds=5,
        max_connections=6,
        max_concurrent=7,
        max_batches=12,
        drain_seconds=9,
        grace_seconds=8,
        compress_bytes=500,
        log_sample=0,
        metrics=False,
        docs=False,
        report_load=True,
        batch_flowers=11,
        cors_origins=("https://example.org", "http://[::1]:8000"),
    )


def test_an_empty_variable_has_the_default():
    assert Settings.from_environment({"IRIS_PORT": "", "IRIS_INSTANCE_ID": ""}) == Settings()


def test_all_mistakes_are_reported_together():
    wrong = {
        "IRIS_PORT": "70000",
        "IRIS_WORKERS": "0",
        "IRIS_KEEP_ALIVE_SECONDS": "1.5",
        "IRIS_MAX_BODY_BYTES": "1MB",
        "IRIS_INSTANCE_ID": "a\r\nSet-Cookie: b",
        "IRIS_METRICS": "yes",
        "IRIS_CORS_ORIGINS": "https://example.org/path",
        "IRIS_COMPRESS_BYTES": "10",
        "IRIS_GRACE_SECONDS": "20",
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


@pytest.mark.parametrize(
    "given", ["example.org", "*,https://example.org", "https://a.org;", "https://a.org,", "null"]
)
def test_only_origins_of_pages_are_accepted(given: str):
    with pytest.raises(SettingsError, match="IRIS_CORS_ORIGINS"):
        Settings.from_environment({"IRIS_CORS_ORIGINS": given})


def test_a_star_allows_any_origin():
    assert Settings.from_environment({"IRIS_CORS_ORIGINS": "*"}).cors_origins == ("*",)
    assert Settings().cors_origins == ()
