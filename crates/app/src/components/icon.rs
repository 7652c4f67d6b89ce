//! The icons. Their lines are in `style/icon.css`.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Alert,
    Camera,
    CameraOff,
    Check,
    Close,
    Leave,
    Link,
    Microphone,
    MicrophoneOff,
    People,
    Person,
    Settings,
    Speaker,
    Wait,
    Screen,
    Chat,
    Hand,
    Smile,
    More,
    Grid,
    Stage,
    Pin,
    Full,
    Aside,
    Send,
    Keyboard,
    Pip,
    Ways,
    SpeakerOff,
    Previous,
    Next,
    Text,
    Motion,
    Point,
    Draw,
    Attach,
    File,
    Picture,
}

impl Shape {
    const fn class(self) -> &'static str {
        match self {
            Self::Alert => "icon i-alert",
            Self::Camera => "icon i-camera",
            Self::CameraOff => "icon i-camera-off",
            Self::Check => "icon i-check",
            Self::Close => "icon i-close",
            Self::Leave => "icon i-leave",
            Self::Link => "icon i-link",
            Self::Microphone => "icon i-microphone",
            Self::MicrophoneOff => "icon i-microphone-off",
            Self::People => "icon i-people",
            Self::Person => "icon i-person",
            Self::Settings => "icon i-settings",
            Self::Speaker => "icon i-speaker",
            Self::Wait => "icon i-wait",
            Self::Screen => "icon i-screen",
            Self::Chat => "icon i-chat",
            Self::Hand => "icon i-hand",
            Self::Smile => "icon i-smile",
            Self::More => "icon i-more",
            Self::Grid => "icon i-grid",
            Self::Stage => "icon i-stage",
            Self::Pin => "icon i-pin",
            Self::Full => "icon i-full",
            Self::Aside => "icon i-aside",
            Self::Send => "icon i-send",
            Self::Keyboard => "icon i-keyboard",
            Self::Pip => "icon i-pip",
            Self::Ways => "icon i-ways",
            Self::SpeakerOff => "icon i-speaker-off",
            Self::Previous => "icon i-previous",
            Self::Next => "icon i-next",
            Self::Text => "icon i-text",
            Self::Motion => "icon i-motion",
            Self::Point => "icon i-point",
            Self::Draw => "icon i-draw",
            Self::Attach => "icon i-attach",
            Self::File => "icon i-file",
            Self::Picture => "icon i-picture",
        }
    }
}

/// A picture beside a text or inside a labelled button. It says nothing by itself.
#[component]
pub(crate) fn Icon(
    /// What it shows.
    shape: Shape,
) -> impl IntoView {
    view! { <i class=shape.class() aria-hidden="true"></i> }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn every_icon_is_drawn_in_the_style_sheet() {
        let css = include_str!("../../../../style/icon.css");
        for shape in [
            Shape::Alert,
            Shape::Camera,
            Shape::CameraOff,
            Shape::Check,
            Shape::Close,
            Shape::Leave,
            Shape::Link,
            Shape::Microphone,
            Shape::MicrophoneOff,
            Shape::People,
            Shape::Person,
            Shape::Settings,
            Shape::Speaker,
            Shape::Wait,
            Shape::Screen,
            Shape::Chat,
            Shape::Hand,
            Shape::Smile,
            Shape::More,
            Shape::Grid,
            Shape::Stage,
            Shape::Pin,
            Shape::Full,
            Shape::Aside,
            Shape::Send,
            Shape::Keyboard,
            Shape::Pip,
            Shape::Ways,
            Shape::SpeakerOff,
            Shape::Previous,
            Shape::Next,
            Shape::Text,
            Shape::Motion,
            Shape::Point,
            Shape::Draw,
            Shape::Attach,
            Shape::File,
            Shape::Picture,
        ] {
            let name = shape.class().trim_start_matches("icon ");
            assert!(css.contains(&[".", name, " {"].concat()), "{shape:?}");
        }
    }
}
