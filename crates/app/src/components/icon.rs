//! The icons: one set, drawn alike on a 24 px grid with strokes of 1.75 px (the style sheet sets them).

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
}

impl Shape {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 4.5l8.5 15h-17zM12 10.5v4M12 17v.01",
            Self::Camera => "M5 7h8a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM15 11l6-3.5v9L15 13",
            Self::CameraOff => {
                "M10.5 7H13a2 2 0 0 1 2 2v2l6-3.5v9l-3.5-2M14.2 16.6a2 2 0 0 1-1.2.4H5a2 2 0 0 1-2-2V9a2 2 0 0 1 1.8-2M4 4l16 16"
            }
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Leave => "M13 4h5a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-5M8.5 8l-4 4 4 4M4.5 12H14",
            Self::Link => {
                "M10 13.6a4 4 0 0 0 5.9.4l3-3a4 4 0 0 0-5.7-5.7l-1.4 1.4M14 10.4a4 4 0 0 0-5.9-.4l-3 3a4 4 0 0 0 5.7 5.7l1.4-1.4"
            }
            Self::Microphone => {
                "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zM6 11.5v.5a6 6 0 0 0 12 0v-.5M12 18v3"
            }
            Self::MicrophoneOff => {
                "M9 9v3a3 3 0 0 0 4.7 2.5M15 11V6a3 3 0 0 0-5.9-.8M6 11.5v.5a6 6 0 0 0 9.8 4.6M18 11.5v.5a6 6 0 0 1-.4 2.2M12 18v3M4 4l16 16"
            }
            Self::People => {
                "M9 11.5A3.2 3.2 0 1 0 9 5a3.2 3.2 0 0 0 0 6.5zM3 19a6 6 0 0 1 12 0M16 5.3a3.2 3.2 0 0 1 0 5.9M17.5 13.6A6 6 0 0 1 21 19"
            }
            Self::Person => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
            Self::Settings => "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5",
            Self::Speaker => "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
            Self::Wait => "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2",
        }
    }
}

/// A picture beside a text or inside a labelled button. It says nothing by itself.
#[component]
pub(crate) fn Icon(
    /// What it shows.
    shape: Shape,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=shape.path() />
        </svg>
    }
}
