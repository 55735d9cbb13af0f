"""Storage that speaks S3: large files in parts that survive a cut, each read back and compared, the manifests last.

boto3 is the library that came with litellm anyway. It is given everything by value: no file and no machine role of
Amazon's is looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.delivery.target import CHUNK, Answer, Clock, Journal, Known, Parcel, ParcelFile, Progress, missing
from engine.domain.delivery import FileReceipt, Finding, Receipt
from engine.domain.errors import DeliveryError, TargetAway, TargetFull, TargetRefused
from engine.safety.secrets import Secret

PART = 8 << 20
"""Bytes of one part; no storage takes less than 5 MiB. Smaller files go whole."""
_PROBE = ".noktvrn-check"
_REFUSED = frozenset({400, 401, 403, 404, 405, 409, 411, 412, 501})
_FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"})
_GONE = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchUpload"})


@dataclass(frozen=True, slots=True)
class S3Target:
    """One bucket. `endpoint` empty means Amazon's own; `addressing` is auto, path or virtual."""

    endpoint: str
    region: str
    bucket: str
    prefix: str
    addressing: str
    access_key: Secret
    secret_key: Secret
    now: Clock

    async def check(self) -> tuple[Finding, ...]:
        """Looks for the bucket, writes an empty object and deletes it."""
        try:
            client = await self._opened()
            await self._call(client.head_bucket, Bucket=self.bucket)
            found = Finding("bucket", True, f"{self.bucket} is there")
        except DeliveryError as error:
            return (Finding("bucket", False, error.message, error.fix),)
        key = self._key(_PROBE)
        try:
            await self._call(client.put_object, Bucket=self.bucket, Key=key, Body=b"")
            await self._call(client.delete_object, Bucket=self.bucket, Key=key)
        except DeliveryError as error:
            return (found, Finding("writing", False, error.message, error.fix))
        return (found, Finding("writing", True, f"{self.prefix or 'it'} can be written"))

    async def send(self, parcel: Parcel, journal: Journal, progress: Progress) -> Receipt:
        """Uploads what is not there yet."""
        client = await self._opened()
        known = await journal.receipts()
        there = []
        for file in parcel.ordered():
            key = self._key(parcel.folder, file.name)
            before = known.get(file.name)
            if before is None or await self._size(client, key) != file.size:
                if not await self._is_same(client, key, file, progress):
                    await self._upload(client, key, file, journal, progress)
                before = FileReceipt(file.name, key, file.size, file.sha256, self.now())
                await journal.has(before)
            await progress(file.name, file.size)
            there.append(before)
        return self._receipt(parcel, tuple(there))

    def _receipt(self, parcel: Parcel, there: tuple[FileReceipt, ...]) -> Receipt:
        return Receipt(parcel.folder, f"s3://{self.bucket}/{self._key(parcel.folder)}", there)

    async def _upload(self, client: Any, key: str, file: ParcelFile, journal: Journal, progress: Progress) -> None:
        if file.size <= PART:
            body = await asyncio.to_thread(file.path.read_bytes)
            await self._call(client.put_object, Bucket=self.bucket, Key=key, Body=body, ContentType=file.media_type)
        else:
            await self._in_parts(client, key, file, journal, progress)
        if not await self._is_same(client, key, file, progress):
            raise TargetAway(f"{file.name} arrived damaged in {self.bucket}.", fix="It is tried again.")

    async def _in_parts(self, client: Any, key: str, file: ParcelFile, journal: Journal, progress: Progress) -> None:
        """Goes on with the upload that an earlier attempt noted, as far as the storage itself says that it came."""
        noted = f"upload:{file.name}"
        upload_id = (await journal.recall()).get(noted)
        parts = await self._parts(client, key, upload_id) if upload_id else None
        if parts is None:
            await self._forget_uploads(client, key)
            made = await self._call(
                client.create_multipart_upload, Bucket=self.bucket, Key=key, ContentType=file.media_type
            )
            upload_id, parts = made["UploadId"], {}
            await journal.note(**{noted: upload_id})
        which = {"Bucket": self.bucket, "Key": key, "UploadId": upload_id}
        listed = []
        for number in range(1, -(-file.size // PART) + 1):
            start = (number - 1) * PART
            size = min(PART, file.size - start)
            tag = parts[number][1] if parts.get(number, (0, ""))[0] == size else ""
            if not tag:
                body = await asyncio.to_thread(_slice, file, start, size)
                tag = (await self._call(client.upload_part, PartNumber=number, Body=body, **which))["ETag"]
            listed.append({"PartNumber": number, "ETag": tag})
            await progress(file.name, start + size)
        await self._call(client.complete_multipart_upload, MultipartUpload={"Parts": listed}, **which)
        await journal.note(**{noted: None})

    async def _parts(self, client: Any, key: str, upload_id: str) -> dict[int, tuple[int, str]] | None:
        """Size and tag of each part that is there; None where the storage knows no such upload any more."""
        found: dict[int, tuple[int, str]] = {}
        marker = 0
        while True:
            try:
                page = await self._call(
                    client.list_parts, Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumberMarker=marker
                )
            except _NotThere:
                return None
            found.update({part["PartNumber"]: (part["Size"], part["ETag"]) for part in page.get("Parts", ())})
            if not page.get("IsTruncated"):
                return found
            marker = page["NextPartNumberMarker"]

    async def _forget_uploads(self, client: Any, key: str) -> None:
        """Ends what a kill between beginning and noting left: the storage would charge for its parts."""
        page = await self._call(client.list_multipart_uploads, Bucket=self.bucket, Prefix=key)
        for upload in page.get("Uploads", ()):
            if upload["Key"] == key:
                await self._call(
                    client.abort_multipart_upload, Bucket=self.bucket, Key=key, UploadId=upload["UploadId"]
                )

    async def ask(self, parcel: Parcel, journal: Journal) -> Answer:
        """Looks: storage never leaves anything unknown."""
        client = await self._opened()
        known: Mapping[str, FileReceipt] = await journal.receipts()
        there = []
        for file in parcel.ordered():
            key = self._key(parcel.folder, file.name)
            size = await self._size(client, key)
            if size != file.size or (file.name not in known and not await self._is_same(client, key, file)):
                return Answer(Known.NOT_YET)
            there.append(known.get(file.name) or FileReceipt(file.name, key, file.size, file.sha256, self.now()))
        return Answer(Known.DELIVERED, self._receipt(parcel, tuple(there)))

    async def withdraw(self, parcel: Parcel, journal: Journal) -> Receipt:
        """Deletes the objects that are still as they were brought."""
        client = await self._opened()

        async def there(name: str) -> bool:
            return await self._size(client, self._key(parcel.folder, name)) is not None

        place = f"{self.bucket}/{self._key(parcel.folder)}"
        notes = list(await missing([file.name for file in parcel.files], journal, there, place))
        for file in reversed(parcel.ordered()):
            key = self._key(parcel.folder, file.name)
            if await self._is_same(client, key, file):
                await self._call(client.delete_object, Bucket=self.bucket, Key=key)
            elif await self._size(client, key) is not None:
                notes.append(f"{file.name} was changed there and stays.")
        receipt = self._receipt(parcel, ())
        return Receipt(receipt.reference, receipt.place, (), tuple(notes))

    # --- the wire ---

    def _key(self, *parts: str) -> str:
        return "/".join(part for part in (self.prefix.strip("/"), *parts) if part)

    async def _size(self, client: Any, key: str) -> int | None:
        try:
            return int((await self._call(client.head_object, Bucket=self.bucket, Key=key))["ContentLength"])
        except _NotThere:
            return None

    async def _is_same(self, client: Any, key: str, file: ParcelFile, progress: Progress | None = None) -> bool:
        """Whether the object, read back, is the file."""
        if await self._size(client, key) != file.size:
            return False
        body = (await self._call(client.get_object, Bucket=self.bucket, Key=key))["Body"]
        whole = hashlib.sha256()
        try:
            while block := await self._call(body.read, CHUNK):
                whole.update(block)
                if progress is not None:
                    await progress(file.name, file.size)
        finally:
            body.close()
        return whole.hexdigest() == file.sha256

    async def _opened(self) -> Any:
        return await asyncio.to_thread(self._client)

    def _client(self) -> Any:
        import boto3.session
        import botocore.session
        from botocore.config import Config

        # Without names of files and variables to look into, there are none.
        nowhere = {"config_file": os.devnull, "credentials_file": os.devnull, "profile": None}
        core = botocore.session.Session(
            session_vars={name: (None, None, value, None) for name, value in nowhere.items()}
        )
        session = boto3.session.Session(
            botocore_session=core,
            aws_access_key_id=self.access_key.reveal(),
            aws_secret_access_key=self.secret_key.reveal(),
            region_name=self.region,
        )
        config = Config(
            retries={"total_max_attempts": 1},  # the delivery has its own
            connect_timeout=20,
            read_timeout=60,
            proxies={},
            s3={"addressing_style": self.addressing},
            # Not every storage knows Amazon's newer checksums; we read back and compare anyway.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return session.client("s3", endpoint_url=self.endpoint or None, config=config)

    async def _call(self, method: Any, *args: Any, **arguments: Any) -> Any:
        with self._explained():
            return await asyncio.to_thread(method, *args, **arguments)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        where = f"{self.endpoint or 'Amazon S3'} ({self.bucket})"
        try:
            yield
        except ClientError as error:
            raise _meaning(error.response, where) from error
        except (BotoCoreError, OSError) as error:
            raise TargetAway(
                f"The line to {where} failed: {type(error).__name__}.", fix="It is tried again."
            ) from error


class _NotThere(DeliveryError):
    """No such object or upload."""


def _meaning(response: Mapping[str, Any], where: str) -> DeliveryError:
    """By code and status, never by words."""
    code = str(response.get("Error", {}).get("Code", ""))[:60]
    meta = response.get("ResponseMetadata", {})
    status = int(meta.get("HTTPStatusCode") or 0)
    if code in _FULL or status == 507:
        return TargetFull(f"No space is left at {where} ({code or status}).", fix="Have somebody make some there.")
    if code in _GONE:
        return _NotThere(f"{where} knows no such object.", fix="Check bucket and prefix.")
    if status in _REFUSED and code not in ("RequestTimeout", "OperationAborted"):
        return TargetRefused(f"{where} refuses: {code or status}.", fix="Check keys, bucket and rights.")
    told = meta.get("HTTPHeaders", {}).get("retry-after", "")
    later = float(told) if str(told).isdigit() else None
    return TargetAway(f"{where} cannot do it now: {code or status}.", fix="It is tried again.", retry_after=later)


def _slice(file: ParcelFile, start: int, size: int) -> bytes:
    with file.path.open("rb") as handle:
        handle.seek(start)
        return handle.read(size)
