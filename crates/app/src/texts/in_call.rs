//! The texts of what people do in a call.

use call::files::FileState;
use call::share::ShareProblem;
use protocol::peer_message::Emoji;

use crate::figures::{Figures, Grade};
use crate::shortcuts::Command;
use crate::state::Delivery;

/// The panel of devices, beside what is in [`super::Devices`].
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) test_sound: &'static str,
    /// Nothing is done to the own voice.
    pub(crate) original: &'static str,
    pub(crate) original_hint: &'static str,
    pub(crate) echo: &'static str,
    pub(crate) echo_hint: &'static str,
    pub(crate) noise: &'static str,
    pub(crate) noise_hint: &'static str,
    pub(crate) gain: &'static str,
    pub(crate) gain_hint: &'static str,
    /// Everybody equally loud.
    pub(crate) even: &'static str,
    pub(crate) even_hint: &'static str,
    /// A sound when somebody comes or goes.
    pub(crate) sounds: &'static str,
    pub(crate) sounds_hint: &'static str,
}

/// What the person should know of the own microphone.
#[derive(Debug)]
pub(crate) struct Hints {
    pub(crate) you_are_muted: &'static str,
    pub(crate) nothing_heard: &'static str,
    /// Listens to the others.
    pub(crate) try_microphones: &'static str,
    pub(crate) trying: &'static str,
    /// Another one hears something.
    pub(crate) better: fn(label: &str) -> String,
    pub(crate) use_it: &'static str,
    pub(crate) none_hears: &'static str,
}

/// What people write.
#[derive(Debug)]
pub(crate) struct Chat {
    /// The panel and its button.
    pub(crate) heading: &'static str,
    pub(crate) close: &'static str,
    /// Nobody has written anything.
    pub(crate) empty: &'static str,
    /// All lines, read aloud.
    pub(crate) lines: &'static str,
    /// In the field while it is empty, and read aloud.
    pub(crate) field: &'static str,
    pub(crate) send: &'static str,
    /// On the button.
    pub(crate) unread: fn(usize) -> String,
    /// Below an own line: who has it. Nothing where nobody else is here.
    pub(crate) receipt: fn(&Delivery) -> Option<String>,
    /// Instead of the name of somebody who is gone.
    pub(crate) left: &'static str,
}

/// What people send each other.
#[derive(Debug)]
pub(crate) struct Files {
    /// The list, read aloud.
    pub(crate) heading: &'static str,
    /// The button that chooses files.
    pub(crate) send: &'static str,
    /// While files are dragged over the call.
    pub(crate) drop: &'static str,
    /// Somebody offers one.
    pub(crate) news: fn(person: &str, file: &str) -> String,
    /// Why nothing, or not all, is sent.
    pub(crate) nobody: &'static str,
    pub(crate) no_taker: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) folder: &'static str,
    /// The browser does not give a file that was received.
    pub(crate) not_saved: &'static str,
    /// After leaving: there are files that can be saved.
    pub(crate) received: &'static str,
    pub(crate) received_hint: &'static str,
    /// The buttons of a file.
    pub(crate) accept: &'static str,
    pub(crate) refuse: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) save: &'static str,
    /// It is taken off the list.
    pub(crate) remove: &'static str,
    pub(crate) size: fn(bytes: u64) -> String,
    /// How far it is.
    pub(crate) progress: fn(done: u64, size: u64) -> String,
    /// A file and its bar, read aloud.
    pub(crate) label: fn(is_own: bool, person: &str, file: &str) -> String,
    /// How it stands. Where it goes no further: why, and what to do.
    pub(crate) state: fn(is_own: bool, FileState) -> &'static str,
}

/// What people show without a word.
#[derive(Debug)]
pub(crate) struct Gestures {
    pub(crate) raise_hand: &'static str,
    /// Of somebody, read aloud.
    pub(crate) hand_raised: &'static str,
    /// The panel and its button.
    pub(crate) reactions: &'static str,
    /// What each is called.
    pub(crate) emoji: fn(Emoji) -> &'static str,
}

/// The panel "Shortcuts".
#[derive(Debug)]
pub(crate) struct Shortcuts {
    /// The panel and its entry.
    pub(crate) heading: &'static str,
    pub(crate) command: fn(Command) -> &'static str,
    /// What is on the space bar, and what it does.
    pub(crate) space: &'static str,
    pub(crate) talk: &'static str,
    pub(crate) switch: &'static str,
    pub(crate) switch_hint: &'static str,
    pub(crate) push_to_talk: &'static str,
    pub(crate) push_to_talk_hint: &'static str,
}

/// How the person looks at the call.
#[derive(Debug)]
pub(crate) struct Look {
    /// Grid or speaker, read aloud.
    pub(crate) view: &'static str,
    pub(crate) grid: &'static str,
    pub(crate) speaker: &'static str,
    pub(crate) pin: &'static str,
    pub(crate) hide_own: &'static str,
    pub(crate) hide_own_hint: &'static str,
    pub(crate) mirror: &'static str,
    pub(crate) mirror_hint: &'static str,
    pub(crate) full_screen: &'static str,
    pub(crate) pip: &'static str,
    /// The pages of the grid, read aloud.
    pub(crate) pages: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) next: &'static str,
    pub(crate) page_of: fn(page: usize, pages: usize) -> String,
}

/// What one can do about somebody else.
#[derive(Debug)]
pub(crate) struct Person {
    /// The button and its panel.
    pub(crate) options: &'static str,
    pub(crate) volume: &'static str,
    pub(crate) mute: &'static str,
    pub(crate) pin_hint: &'static str,
    /// How much of their loudness is left, in percent, where it is not all.
    pub(crate) evened: fn(percent: u32) -> String,
    /// How well they are received.
    pub(crate) grade: fn(Grade) -> &'static str,
    pub(crate) figures: fn(Figures) -> String,
}

/// A shared screen.
#[derive(Debug)]
pub(crate) struct Share {
    /// The toggle that shares it.
    pub(crate) share: &'static str,
    /// Whose it is.
    pub(crate) of: fn(name: &str) -> String,
    /// The own one.
    pub(crate) own: &'static str,
    /// While one shares.
    pub(crate) sharing: &'static str,
    /// After that; read aloud.
    pub(crate) own_ended: &'static str,
    /// Somebody begins and ends to share; read aloud.
    pub(crate) begun: fn(name: &str) -> String,
    pub(crate) ended: fn(name: &str) -> String,
    /// Instead of a preview that would show itself without end.
    pub(crate) no_preview: &'static str,
    /// Below it, whether its sound is sent.
    pub(crate) with_sound: &'static str,
    pub(crate) without_sound: &'static str,
    /// The choice between what stays sharp and what moves.
    pub(crate) content: &'static str,
    pub(crate) text: &'static str,
    pub(crate) motion: &'static str,
    pub(crate) other: &'static str,
    pub(crate) stop: &'static str,
    /// Of somebody else's: to see it no longer, and again.
    pub(crate) put_aside: &'static str,
    pub(crate) show: &'static str,
    pub(crate) full_screen: &'static str,
    pub(crate) volume: &'static str,
    pub(crate) mute: &'static str,
    /// How to look closer, read aloud.
    pub(crate) zoom_hint: &'static str,
    /// The picture as a whole again.
    pub(crate) zoom_out: &'static str,
    /// Why nothing is shared, and what to do.
    pub(crate) problem: fn(ShareProblem) -> &'static str,
}

/// Pointing at shared screens.
#[derive(Debug)]
pub(crate) struct Pointing {
    /// The toggles on a shared screen.
    pub(crate) point: &'static str,
    pub(crate) draw: &'static str,
    /// The switch of who shares.
    pub(crate) let_others: &'static str,
    pub(crate) let_others_hint: &'static str,
}
