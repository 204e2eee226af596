#!/usr/bin/env python3
"""A small client: get an access token, issue a certificate, download it, have it checked.

Everything another system needs, in one file and with Python's own library alone. Register the
system first (`certsvc clients add talent-portal --unit CODE --scope certificates.issue --scope
certificates.read`) and give its secret in the variable CERTSVC_CLIENT_SECRET:

    scripts/examples/client.py http://127.0.0.1:8000 talent-portal out.pdf \
        --type social-insurance --holder 990101199003070023 \
        --matter talent-subsidy --purpose 申领人才住房补贴 --key application-2026-0001
"""

import argparse
import base64
import json
import os
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode


def send(url: str, body: bytes | None = None, **headers: str) -> bytes:
    """Send a request and return the answer; a refusal ends the program with its code."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        request = urllib.request.Request(url, body, named)  # noqa: S310  the address is the caller's
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  as above
            return bytes(answer.read())
    except HTTPError as error:
        problem = json.load(error)
        code = problem["code"]
        sys.exit(f"{error.code} {code}: {problem.get('detail') or problem['error_description']}")


def get_token(site: str, client: str, secret: str) -> str:
    """Exchange the client's secret for an access token, which is good for 15 minutes."""
    pair = base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
    form = urlencode({"grant_type": "client_credentials"}).encode()
    kind = "application/x-www-form-urlencoded"
    answer = send(f"{site}/oauth2/token", form, Authorization=f"Basic {pair}", Content_Type=kind)
    return str(json.loads(answer)["access_token"])


def issue(site: str, token: str, key: str, wanted: dict[str, str]) -> dict[str, str]:
    """Issue a certificate; after a broken connection, the same key gives the same certificate."""
    answer = send(
        f"{site}/api/v1/certificates",
        json.dumps(wanted).encode(),
        Authorization=f"Bearer {token}",
        Content_Type="application/json",
        Idempotency_Key=key,
    )
    return dict(json.loads(answer))


def main() -> None:
    """Do all four, one after the other."""
    asked = argparse.ArgumentParser(description="Issue, download and check a certificate.")
    asked.add_argument("site")
    asked.add_argument("client")
    asked.add_argument("file", type=Path)
    for name in ("type", "holder", "matter", "purpose", "key"):
        asked.add_argument(f"--{name}", required=True)
    chosen = vars(asked.parse_args())
    site, client, file, key = (chosen.pop(name) for name in ("site", "client", "file", "key"))

    token = get_token(site, client, os.environ["CERTSVC_CLIENT_SECRET"])
    issued = issue(site, token, key, chosen)
    print("issued", issued["copy_number"])

    content = send(f"{site}{issued['file']}", Authorization=f"Bearer {token}")
    file.write_bytes(content)
    print("downloaded", file)

    # Anybody may ask this, without a log-in.
    answer = send(f"{site}/api/v1/verifications", content, Content_Type="application/pdf")
    report = json.loads(answer)
    print("checked", report["verdict"], report["answer"])


if __name__ == "__main__":
    main()
