"""The chat: who listens, who may speak, what was shown where, and what each button stands for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "chat_codes",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_chat_codes")),
    )
    op.create_table(
        "chat_pollers",
        sa.Column("bot_id", sa.String(), nullable=False, comment="the public number of a token, never the token"),
        sa.Column("holder", sa.String(), nullable=False, comment="which process listens"),
        sa.Column("lease_until", sa.DateTime(), nullable=False),
        sa.Column(
            "next_update",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="everything before it is handled",
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("username", sa.String(), server_default="", nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False, comment="of the state"),
        sa.Column("heard_at", sa.DateTime(), nullable=True, comment="the last poll that was answered"),
        sa.Column("retry_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_chat_pollers")),
    )
    op.create_table(
        "chat_users",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="to read; nothing is decided by it"),
        sa.Column("chat_id", sa.BigInteger(), nullable=True, comment="the private chat that came with the code"),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False, comment="who showed the code"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_chat_users")),
    )
    op.create_table(
        "chats",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False, comment="nothing older is told"),
        sa.Column("muted_until", sa.DateTime(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.Column("digest_id", sa.BigInteger(), nullable=True, comment="the message that says how much more waits"),
        sa.Column("digest_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("digest_at", sa.DateTime(), nullable=True),
        sa.Column("shut_since", sa.DateTime(), nullable=True, comment="the bot may not speak there"),
        sa.Column("shut_until", sa.DateTime(), nullable=True, comment="when it is tried again"),
        sa.Column("shut_why", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chats")),
    )
    op.create_table(
        "chat_posts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="preview, alert or errand"),
        sa.Column("ref", sa.String(), nullable=False, comment="the revision, the incident's row, or the command"),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False, comment="due, sending, sent or failed"),
        sa.Column("form", sa.String(), server_default="", nullable=False, comment="audio or text: how it is edited"),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.Text(), server_default="", nullable=False, comment="as sent"),
        sa.Column("role", sa.String(), server_default="", nullable=False, comment="whose buttons it shows"),
        sa.Column(
            "owes",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="what belongs below it is still to be sent",
        ),
        sa.Column(
            "draft", sa.JSON(), nullable=True, comment="a decision that somebody prepares: {decision, tags, text}"
        ),
        sa.Column("stale", sa.Boolean(), server_default="0", nullable=False, comment="its buttons must be drawn anew"),
        sa.Column("closed", sa.Boolean(), server_default="0", nullable=False, comment="it says how it ended"),
        sa.Column("told", sa.String(), server_default="", nullable=False, comment="the review that it tells of"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_chat_posts_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_posts")),
        sa.UniqueConstraint("chat_id", "kind", "ref", name=op.f("uq_chat_posts_chat_id_kind_ref")),
    )
    op.create_index(op.f("ix_chat_posts_chat_id_message_id"), "chat_posts", ["chat_id", "message_id"], unique=False)
    op.create_index(op.f("ix_chat_posts_kind_state_closed"), "chat_posts", ["kind", "state", "closed"], unique=False)
    op.create_table(
        "chat_buttons",
        sa.Column("id", sa.String(), nullable=False, comment="128 random bits: all that a chat ever sees of it"),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True, comment="where it stands, once that is known"),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("revision_hash", sa.String(), nullable=True, comment="what it decides on"),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("argument", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["chat_posts.id"], name=op.f("fk_chat_buttons_post_id_chat_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_chat_buttons_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_buttons")),
    )
    op.create_index(op.f("ix_chat_buttons_chat_id_message_id"), "chat_buttons", ["chat_id", "message_id"], unique=False)
    op.create_index(op.f("ix_chat_buttons_expires_at"), "chat_buttons", ["expires_at"], unique=False)
    op.create_index(op.f("ix_chat_buttons_post_id"), "chat_buttons", ["post_id"], unique=False)
    op.create_table(
        "chat_mutes",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "incident", name=op.f("pk_chat_mutes")),
    )
