"""The client of Dask alone; what is done by it is in tests/commands and command_line."""

import warnings

import pytest

from bilexical.dask_client import open_client

pytest.importorskip("distributed")


def test_two_programs_at_a_time():
    """Dask would warn that the port of its pages is taken."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with open_client(0) as first, open_client(0) as second:
            addresses = {client.scheduler.address for client in (first, second)}
    assert len(addresses) == 2 and all(each.startswith("tcp://127.0.0.1:") for each in addresses)
