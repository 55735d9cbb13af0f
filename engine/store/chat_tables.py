"""Tables of the chat: who listens, who may speak, what was shown where, and what each button stands for."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from engine.store.columns import UtcDateTime
from engine.store.table_parts import metadata, run, serial

chat_pollers = Table(
    "chat_pollers",
    metadata,
    Column("bot_id", String, primary_key=True, comment="the public number of a token, never the token"),
    Column("holder", String, nullable=False, comment="which process listens"),
    Column("lease_until", UtcDateTime, nullable=False),
    Column("next_update", BigInteger, nullable=False, server_default="0", comment="everything before it is handled"),
    Column("state", String, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("username", String, nullable=False, server_default=""),
    Column("since", UtcDateTime, nullable=False, comment="of the state"),
    Column("heard_at", UtcDateTime, comment="the last poll that was answered"),
    Column("retry_at", UtcDateTime),
)

chat_users = Table(
    "chat_users",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String, nullable=False),
    Column("name", String, nullable=False, comment="to read; nothing is decided by it"),
    Column("chat_id", BigInteger, comment="the private chat that came with the code"),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", String, nullable=False, comment="who showed the code"),
)

chat_codes = Table(
    "chat_codes",
    metadata,
    Column("code_hash", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", UtcDateTime, nullable=False, comment="nothing older is told"),
    Column("muted_until", UtcDateTime),
    Column("reminded_at", UtcDateTime),
    Column("digest_id", BigInteger, comment="the message that says how much more waits"),
    Column("digest_count", Integer, nullable=False, server_default="0"),
    Column("digest_at", UtcDateTime),
    Column("shut_since", UtcDateTime, comment="the bot may not speak there"),
    Column("shut_until", UtcDateTime, comment="when it is tried again"),
    Column("shut_why", Text, nullable=False, server_default=""),
)

chat_posts = Table(
    "chat_posts",
    metadata,
    serial(),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", String, nullable=False, comment="preview, alert or errand"),
    Column("ref", String, nullable=False, comment="the revision, the incident's row, or the command"),
    run(nullable=True),
    Column("state", String, nullable=False, comment="due, sending, sent or failed"),
    Column("form", String, nullable=False, server_default="", comment="audio or text: how it is edited"),
    Column("message_id", BigInteger),
    Column("words", Text, nullable=False, server_default="", comment="as sent"),
    Column("role", String, nullable=False, server_default="", comment="whose buttons it shows"),
    Column("owes", Boolean, nullable=False, server_default="0", comment="what belongs below it is still to be sent"),
    Column("draft", JSON, comment="a decision that somebody prepares: {decision, tags, text}"),
    Column("stale", Boolean, nullable=False, server_default="0", comment="its buttons must be drawn anew"),
    Column("closed", Boolean, nullable=False, server_default="0", comment="it says how it ended"),
    Column("told", String, nullable=False, server_default="", comment="the review that it tells of"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Unique("chat_id", "kind", "ref"),
    Index(None, "chat_id", "message_id"),
    Index(None, "kind", "state", "closed"),
)

chat_buttons = Table(
    "chat_buttons",
    metadata,
    Column("id", String, primary_key=True, comment="128 random bits: all that a chat ever sees of it"),
    Column("chat_id", BigInteger, nullable=False),
    Column("post_id", ForeignKey("chat_posts.id", ondelete="CASCADE")),
    Column("message_id", BigInteger, comment="where it stands, once that is known"),
    run(nullable=True),
    Column("revision_hash", String, comment="what it decides on"),
    Column("act", String, nullable=False),
    Column("argument", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("used_by", BigInteger),
    Index(None, "post_id"),
    Index(None, "chat_id", "message_id"),
    Index(None, "expires_at"),
)

chat_mutes = Table(
    "chat_mutes",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("incident", String, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)
