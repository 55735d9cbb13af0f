"""Every word that the bot says, in one place: a translation replaces this module.

Templates are filled by name. What comes from models, people or strangers goes through `engine.safety.text` before.
"""

from __future__ import annotations

# --- previews

TITLE = "{title} – {artist}"
WHAT = "{genre}, {mood}"
MUSIC = "{bpm} bpm · {key} · {length} · {lufs} LUFS · {cost}"
VERSION = "Version {number}"
CHANGED = "Changed: {what}"
CHECK = "✗ {name}: {detail}"
EXPIRES = "Expires {when} UTC"
CLIP = "{title}: the clip"
CLIP_CUT = "{title}: the beginning of the clip, as much as Telegram takes"
NO_FILES = "(Its sound could not be sent; the console plays it.)"
REASONS_REJECT = "Why rejected? Choose, or reply to this message with words."
REASONS_NEW = "What should be different? Choose, or reply to this message with words."
CHOSEN = "So far: {what}"
LYRICS_OF = "{title}\n\n{lyrics}"
INSTRUMENTAL = "It has no words."
DONE_APPROVE = "✓ Approved by {whom}, {when} UTC"
DONE_REJECT = "✗ Rejected by {whom}, {when} UTC"
DONE_NEW_VERSION = "↻ New version wanted by {whom}, {when} UTC"
DONE_EXPIRE = "Expired {when} UTC: nobody decided in time. That is no rejection."
DONE_OTHER = "Over: {what}"
ENDED_CANCELLED = "cancelled"
ENDED_REPLACED = "replaced by a newer revision"
WHY = "Because: {what}"
UNTIL_GRACE = "It takes effect at {when} UTC."
HERE = "Here it is."

# --- buttons

APPROVE = "✓ Approve"
REJECT = "✗ Reject"
NEW_VERSION = "↻ New version"
LYRICS = "Lyrics"
DECIDE_REJECT = "✗ Reject now"
DECIDE_NEW = "↻ Ask for it"
BACK = "Back"
UNDO = "↶ Take it back"
TAG_ON = "● {tag}"
TAG_OFF = "○ {tag}"
MUTE = "Mute for {hours} h"
OPEN = "Open"
SHOW = "Show {title}"
NEXT = "Next ▸"
BEFORE = "◂ Before"
REFRESH = "Refresh"
MENU = "Menu"

# --- answers to presses

OK_APPROVE = "Approved."
OK_REJECT = "Rejected."
OK_NEW_VERSION = "A new version is on its way."
OK_UNDO = "Taken back: it waits again."
TAKEN = "Done."
WORDS_KEPT = "Your words go with the decision on {title}."
NO_DRAFT = "Press Reject or New version first: then your words go with it."
WORDS_NOT_YOURS = "You look on here: words for a decision are kept of owners and reviewers."
HINT = "Words count as a reply to a song of which you chose Reject or New version. /help lists what else there is."
NOT_YOURS = "Your role does not allow this."
NOT_NOW = "This is not possible now."
DECIDED_BEFORE = "Somebody decided before you; the message shows what is so now."
OLD_BUTTON = "This button is of an earlier view; the message shows what is so now."
USED_BUTTON = "This was pressed already; the message shows what came of it."
EXPIRED_BUTTON = "This button is too old. /queue shows what waits."
NOT_FOR_YOU = "This bot works for its label only."
FAILED = "That did not work, and nothing was changed; the label's log says why. Try it again."

# --- digest, reminders

DIGEST = "{count} more wait for a decision. They come one by one as you decide; /queue lists them."
DIGEST_ONE = "One more waits for a decision. It comes when one of those above is decided; /queue lists it."
DIGEST_DONE = "All that waits is shown."
REMINDER = "{count} wait for a decision, the longest for {age}. /queue lists them. Nothing is rejected by waiting."
REMINDER_ONE = "A song has waited for a decision for {age}. /queue shows it. Nothing is rejected by waiting."

# --- alerts

ALERT = "{sign} {title}"
ALERT_FAILED = "{title} by {artist} failed in {stage}"
ALERT_FAILED_NAMELESS = "A song"
ALERT_FAILED_EARLY = "its beginning"
ALERT_NEW_ERROR = "A new error in {part}: {type}"
ALERT_OLD_ERROR = "An error is back in {part}: {type}"
ALERT_DELIVER = "Deliver {title} by {artist} to {target}?"
ALERT_DELIVERED = "{title} by {artist} is delivered to {target}"
ALERT_WITHDRAWN = "{title} by {artist} is withdrawn from {target}"
DELIVER, DECLINE = "✓ Deliver", "✗ Not there"
ALERT_OVER = "✓ Over since {when} UTC"
REJECT_PATCH = "Reject the patch"
PATCH_FILE = "noktvrn.patch"
PATCH_NOTE = "A patch is applied in the console only."
SIGNS = {"info": "i", "warning": "!", "error": "✗"}
MUTED_UNTIL = "Muted in this chat until {when} UTC."

# --- enrolment

WELCOME = "This is {label}. You are {role} here. /help tells what you can do."
ENROLLED = "Welcome to {label}, {name}: you are {role} now. /help tells what you can do."
ASK_CODE = "This bot works for its label only. Its owner can show you a code (`noktvrn telegram enrol`): /start CODE"
WRONG_CODE = "That is no code, or it was used, or its ten minutes are over."
GUESSING = "These were too many wrong codes. Wait ten minutes, then ask for a new one."
KNOWN = "That is no open code, and you are on the list already. /help tells what you can do."
NAMED = (
    "You are on the list already, and TELEGRAM_USER_IDS of the label's settings says as what: whoever runs the label "
    "changes it there. The code was not used."
)
NOT_HERE = "Type the code in a private chat with me."

# --- the panel

COMMANDS: dict[str, str] = {
    "status": "what runs, what waits, what is broken, what it costs",
    "queue": "songs that wait for a decision",
    "deliveries": "what is on its way to where",
    "runs": "every song, newest first",
    "artists": "the roster",
    "artist": "one artist: /artist NAME",
    "create": "make a song or invent an artist",
    "cycle": "start or stop the cycle",
    "autopilot": "who is approved by the gate alone",
    "pause": "pause all work, spending or publishing",
    "resume": "end a pause",
    "retry": "take a failed song up again",
    "cancel": "end a song that is not decided",
    "errors": "open errors",
    "llm": "the language models",
    "budget": "what may be spent, and what was",
    "mute": "silence for this chat",
    "help": "what there is",
    "start": "begin, or enrol with a code",
}
HELP = "{label}\n\n{commands}\n\nPreviews come with buttons; reply to one to say why. You are {role}."
HELP_LINE = "/{name} – {summary}"
UNKNOWN_COMMAND = "There is no /{name}. /help lists what there is."
NO_WORDS = "/{name} takes no words: “{words}” changed nothing."
USAGE = "“{words}” changed nothing. It is meant so: {usage}"
USAGES: dict[str, str] = {
    "pause": "/pause all, /pause spending or /pause publishing",
    "resume": "/resume all, /resume spending or /resume publishing",
    "cycle": "/cycle on or /cycle off",
    "mute": "/mute 8 for eight hours (at most 168), /mute off",
}
NOTHING = "Nothing here."
PAGE = "{title} ({first}-{last} of {total})"
EMPTY = "{title}: nothing."
ASKED = "Asked for. It begins when the engine takes it up; you hear of it here."
ASKED_PAUSED = "Asked for. All work is paused: it begins when the pause ends (/resume)."
HEARD_SONG = "{title} by {artist} is under way."
HEARD_NAMELESS = "A song by {artist} is under way."
HEARD_ARTIST = "{name} has joined the label."
HEARD_DONE = "It is done."
HEARD_FAILED = "What you asked for failed: {error}"
HEARD_NO_REASON = "the engine gave no reason."

STATUS = (
    "{label}\nEngine: {engine}\nCycle: {cycle}\nPaused: {paused}\nWaiting for you: {approvals}\n"
    "At work: {at_work}{halted}\nArtists: {artists}\nErrors: {errors}\nSpent today: {spent}"
)
SILENT = "{state}: its {part} gives no sign of life since {seconds} s"
HALTED = " ({what})"
HALTED_HELD = "{count} held at a cap or for a model"
HALTED_PACK = "{count} in the line to be packed"
HALTED_PAUSE = "all paused"
NOTICE = "{sign} {title}"
ON, OFF, NONE = "on", "off", "nothing"
QUEUE_TITLE = "Waiting for a decision"
QUEUE_ROW = "{title} – {artist}, for {age}"
DELIVERIES_TITLE = "Deliveries"
DELIVERY_ROW = "{title} – {artist} → {target}: {state}{share}"
DELIVERY = "{title} – {artist}\nto {target}: {state}{share}\n{words}"
DELIVERY_ASKS = "It needs an answer in the console first: {what}"
DELIVERY_DUE = "On {when} UTC"
DELIVERY_AGAIN = "It is tried again at {when} UTC."
RUNS_TITLE = "Songs"
RUN_ROW = "{title} – {artist}: {state}"
TO_BE_PACKED = "waits to be packed"
RUN_HELD = "{state}, held"
RUN_PAUSED = "Waits: all work is paused."
RUN = "{title} – {artist}\n{state}{stage}{progress}\nVersion {version}, attempt {attempt}, {cost}\n{reason}"
NO_TITLE = "(no title yet)"
STAGE = ", {stage}"
PROGRESS = ", {share}"
ARTISTS_TITLE = "Artists"
ARTIST_ROW = "{name} – {genre}, {state}{autopilot}"
AUTOPILOT_SUFFIX = ", autopilot"
ARTIST = (
    "{name}\n{genre}, {state}\nAutopilot {autopilot}, at most {budget} a song\n"
    "Approved {approved}, rejected {rejected}\n\n{biography}"
)
ARTIST_WHICH = "Which artist?"
ARTIST_UNKNOWN = "No artist has {words} in its name."
ERRORS_TITLE = "Open errors"
ERROR_ROW = "{type} in {part}, {count}×"
ERROR = "{type} in {part}\n{count}×, last {when} UTC, {state}\n\n{message}"
LLM_TITLE = "Language models, last 24 hours"
LLM_ROW = "{name}: {state}, {calls} calls, {failures} failed, {cost} today{place}"
LLM_REASON = " ({reason})"
LLM_UNTIL = " (until {until} UTC: {reason})"
LLM_ROLES = " ({roles})"
LLM_NONE = "No model was asked in the last 24 hours. Without keys the built-in writer answers."
BUDGET = "Spent today (UTC): {spent} of {day}\nFor one artist a day: {artist}\nFor one song: {run}\nSpending {paused}"
BUDGET_PAUSED, BUDGET_GOES = "is paused.", "goes on."
PAUSE_TITLE = "Pauses. A pause lasts until somebody ends it."
PAUSE_ROW = "{scope}: {state} ({what})"
PAUSE_HOLDS = {
    "all": "a pause: no run starts, and runs at work wait",
    "spending": "a pause: nothing that costs money is called",
    "publishing": "a pause: nothing leaves this machine",
}
PAUSE_SINCE = "since {when} UTC, by {whom}"
PAUSE_WHY = ": {reason}"
SCOPES = {"all": "all work", "spending": "spending", "publishing": "publishing"}
SCOPE_WORDS = {
    "all": ("all", "all work", "everything", "work"),
    "spending": ("spending", "money"),
    "publishing": ("publishing", "releases"),
}
ON_WORDS, OFF_WORDS = ("on", "start"), ("off", "stop")
ARTIST_WORDS, SONG_WORDS = ("artist", "an artist", "a new artist", "new artist"), ("song", "a song")
"""What people type behind a command, lower case."""
PAUSED, GOES_ON = "paused", "goes on"
DO_PAUSE = "Pause {scope}"
DO_RESUME = "Resume {scope}"
CYCLE = "The cycle is {state}. While it is on, the engine starts songs by itself."
SURE_CYCLE = (
    "Start the cycle? The engine then makes one song after another by itself, and spends within the budget, until "
    "somebody stops it."
)
DO_CYCLE_SURE = "Yes, start"
DO_CYCLE_ON, DO_CYCLE_OFF = "Start the cycle", "Stop the cycle"
CREATE = "What shall be made? A song may cost money, within the budget."
DO_SONG, DO_ARTIST = "A song", "A new artist"
DO_SONG_OF = "A song by {name}"
RUN_UNKNOWN = "Nothing of that kind has “{words}” in its title, its artist or its number."
AUTOPILOT_TITLE = "Autopilot: the gate alone approves"
DO_AUTOPILOT_ON, DO_AUTOPILOT_OFF = "Autopilot on", "Autopilot off"
SURE_AUTOPILOT = "Let the gate alone approve what {name} makes?"
RETRY_TITLE = "Songs that failed"
CANCEL_TITLE = "Songs that can be ended"
SURE_RETRY = "Take {title} up again at {stage}? What was finished is kept."
SURE_CANCEL = "End {title} for good?"
DO_RETRY, DO_CANCEL = "Yes, again", "Yes, end it"
DO_RETRY_THIS, DO_CANCEL_THIS = "Retry", "Cancel it"
MUTE_CHAT = "This chat {state}."
MUTE_ALERTS = "Muted by their buttons: {count}."
MUTE_UNTIL = "is silent until {when} UTC"
MUTE_NOT = "hears everything"
DO_UNMUTE = "Hear everything again"
