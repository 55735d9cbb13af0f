"""The label in a chat: previews with buttons, a panel, alerts. A face like the console: it comes in by engine.api."""
