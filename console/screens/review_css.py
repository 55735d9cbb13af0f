"""Where the parts of the review stand, by the room that there is."""

from __future__ import annotations

THREE = 136
"""Columns of a terminal from which on cover, words and measures stand beside each other."""

CSS = """
ReviewScreen {
    #head { padding: 0 2; margin-top: 1; }
    #standing { height: auto; padding: 0 2; margin-bottom: 1; }
    #wave { margin: 0 2; }
    &.-low #head { margin-top: 0; }
    &.-low #standing { margin-bottom: 0; }
    #columns, #told, #idea, #measured { height: auto; }
    #told { layout: grid; grid-size: 2; grid-columns: 1fr 2fr; grid-rows: auto; }
    #told > StoryboardCard { column-span: 2; }
    &.-normal #told { grid-columns: 30 1fr; }
    &.-normal #idea, &.-wide #idea { layout: grid; grid-size: 2; grid-columns: 2fr 3fr; grid-rows: auto; }
    &.-normal #measured { layout: grid; grid-size: 2; grid-columns: 1fr 1fr; grid-rows: auto; }
    &.-three #columns { layout: grid; grid-size: 2; grid-columns: 1fr 57; grid-rows: auto; }
    &.-three #told { grid-columns: 5fr 7fr; }
    &.-three #idea, &.-three #measured { layout: vertical; }
    &.-wide #columns { grid-columns: 1fr 60; }
    &.-wide #told { grid-columns: 2fr 5fr; }
    &.-wide #idea { layout: grid; grid-columns: 1fr 1fr; }
    #cover-card {
        height: auto; border: round $border-blurred; border-title-color: $primary; border-title-style: bold;
    }
}
"""
