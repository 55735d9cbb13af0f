"""Certificates: checked against the authorities and the name, without reading them for every connection."""

from __future__ import annotations

import ssl

from engine.safety.trust import authorities


def test_a_certificate_must_be_signed_by_an_authority_and_bear_the_name() -> None:
    context = authorities()
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
    assert context.cert_store_stats()["x509_ca"] > 50


def test_every_connection_shares_them() -> None:
    assert authorities() is authorities()
