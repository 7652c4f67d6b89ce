//! What depends on more than a word, of what people do in a call.

use call::share::ShareProblem;
use protocol::peer_message::Emoji;

use crate::figures::{Figures, Grade};
use crate::shortcuts::Command;
use crate::state::Delivery;

pub(super) fn receipt(delivery: &Delivery) -> Option<String> {
    let Delivery {
        delivered,
        waiting,
        missed,
    } = delivery;
    match (delivered, waiting.len(), missed.len()) {
        (0, 0, 0) => None,
        (_, 0, 0) => Some("Delivered to everyone".into()),
        (_, 0, _) => Some(["Not delivered to ", &missed.join(", ")].concat()),
        (_, _, _) => Some(["Sending to ", &waiting.join(", "), "…"].concat()),
    }
}

pub(super) const fn emoji(emoji: Emoji) -> &'static str {
    match emoji {
        Emoji::ThumbsUp => "Thumbs up",
        Emoji::Heart => "Heart",
        Emoji::Applause => "Applause",
        Emoji::Laughter => "Laughter",
        Emoji::Surprise => "Surprise",
        Emoji::Party => "Celebration",
        Emoji::Other(_) => "",
    }
}

pub(super) const fn command(command: Command) -> &'static str {
    match command {
        Command::Microphone => "Microphone on or off",
        Command::Camera => "Camera on or off",
        Command::Share => "Share your screen, or stop",
        Command::Chat => "Open or close the chat",
        Command::Hand => "Raise or lower your hand",
        Command::View => "Grid or speaker",
        Command::HideOwn => "Hide or show yourself",
        Command::FullScreen => "Full screen",
        Command::Connections => "Connections",
        Command::Settings => "Settings",
        Command::Shortcuts => "This list",
    }
}

pub(super) const fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Good => "The connection is good.",
        Grade::Fair => "The connection is fair. Wait a moment before you answer.",
        Grade::Poor => "The connection is poor. Words may be missing. Switching your camera off helps.",
    }
}

pub(super) fn figures(figures: Figures) -> String {
    let picture = if figures.height > 0 {
        let [width, height, frames] = [figures.width, figures.height, figures.frames].map(|number| number.to_string());
        [&width, " × ", &height, ", ", &frames, " frames a second\n"].concat()
    } else {
        String::new()
    };
    let bits = [&figures.kilobits.to_string(), " kbit/s, "].concat();
    let way = figures.route.map_or("", super::route);
    [
        &picture,
        &bits,
        &super::quality(figures.round_trip_ms, figures.lost_permille),
        "\n",
        way,
    ]
    .concat()
}

pub(super) const fn share_problem(problem: ShareProblem) -> &'static str {
    match problem {
        ShareProblem::Framed => {
            "The page around this call does not allow sharing. Open the room in a tab of its own to share your screen."
        }
        ShareProblem::System => {
            "Your system does not let this browser record the screen. Allow it in the system's privacy settings."
        }
        ShareProblem::Failed => "The screen could not be shared. Try again, or share a window instead.",
    }
}
