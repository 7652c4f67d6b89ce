//! English.

mod devices;
mod files;
mod in_call;

use call::channel::Ended;
use call::{Advice, Cause, Whose};
use protocol::Route;

use super::{
    Bar, Boot, Call, Chat, Connections, Devices, Files, Gestures, Hints, Home, Left, Lobby, Look, NotFound, Notices,
    People, Person, Pointing, Settings, Share, Shortcuts, Site, Texts, Tile,
};
use crate::state::Occupancy;

pub(super) const ENGLISH: &Texts = &Texts {
    language: "en",
    site: &Site {
        name: "Parlour",
        description: "Open a link, and see and hear everyone in the room.",
        home_title: "Parlour: video calls by a link",
        room_title: |room| [room, " · Parlour"].concat(),
        not_found_title: "Not found · Parlour",
        go_home: "Go to the start",
    },
    home: &Home {
        heading: "Open a link, and see and hear everyone in the room.",
        lead: "Video calls in the browser. No account, nothing to install.",
        new_room: "New room",
        by_name: "Or open a room by its name",
        example: "monday-stand-up",
        open: "Open",
        privacy: "Pictures and voices are encrypted from person to person. The server only connects people. \
                  What finds no direct way passes through it unread.",
    },
    not_found: &NotFound {
        heading: "There is no such page",
        lead: "Check the link. A room's name has only the letters a to z, digits, - and _.",
    },
    boot: &Boot {
        not_started: "This page could not start. Reload it. If that does not help, update your browser, and check that \
                      nothing blocks WebAssembly.",
        stopped: "This page has stopped working. Your camera and microphone are off. Reload the page to come back.",
        blocked: "Something on the way blocks this page's script, so you cannot join. It may be a proxy, a filter or an \
                  extension. Try another browser or another network.",
        no_script: "A call needs JavaScript and WebAssembly. Allow them for this site and reload.",
    },
    people: &People {
        guest: "Guest",
        you: "You",
        own_name: |name| [name, " (you)"].concat(),
    },
    lobby: &Lobby {
        heading: "Ready to join?",
        checking: "Checking who is here…",
        occupancy,
        your_name: "Your name",
        name_hint: "What the others see",
        join: "Join",
        joining: "Joining…",
        privacy: "The others see and hear you only after you join.",
        chat: "You also read what those who are here have written in the chat.",
        level: "Microphone level",
        advice,
    },
    call: &Call {
        heading: |room| ["Room ", room].concat(),
        joining: "Joining…",
        alone: "You are the only one here. Copy the link to invite someone.",
        enable_sound: "Enable sound",
    },
    left: &Left {
        heading: "You left",
        lead: "Your camera and microphone are off. The room stays open for the others.",
        rejoin: "Rejoin",
    },
    notices: &Notices {
        no_server: "The server does not answer. Trying again…",
        reconnecting: "Reconnecting to the server…",
        reconnecting_received: "Reconnecting to the server. Others still see and hear you.",
        taken_over: "This call was continued in another window. You can close this one.",
        not_complete: "A part of this page could not be loaded. Check your connection, or reload the page.",
        no_webrtc: "This browser cannot make calls: WebRTC is missing or switched off. Open this room in another browser.",
        copy_by_hand: |link| ["Copy this address and send it: ", link].concat(),
        dismiss: "Dismiss",
    },
    bar: &Bar {
        copy_link: "Copy link",
        link_copied: "Link copied",
        more: "More",
        leave: "Leave",
    },
    devices: &Devices {
        heading: "Settings",
        microphone: "Microphone",
        camera: "Camera",
        choose: devices::choose,
        system_default: "System default",
        menu_hint: "Devices appear here once the browser may use them.",
        low_data: "Low data",
        low_data_hint: "Small pictures in both directions, for a slow or metered network.",
        notice: devices::notice,
    },
    tile: &Tile {
        muted: "Muted",
        microphone_off: "Microphone off",
        camera_off: "Camera off",
        muted_here: "Muted for you",
        microphone_interrupted: "Microphone interrupted by their system",
        camera_interrupted: "Camera interrupted by their system",
        messages_off: "Messages are off",
        channel_ended,
        connecting: "Connecting…",
        reconnecting: "Reconnecting…",
        unreachable,
        try_again: "Try again",
    },
    chat: &Chat {
        heading: "Chat",
        close: "Close chat",
        empty: "Nobody has written anything yet. Lines go from person to person, to everyone who is here, and to those who join later.",
        lines: "Lines of the chat",
        field: "Write to everyone",
        send: "Send",
        unread: |count| if count > 99 { "99+".into() } else { count.to_string() },
        receipt: in_call::receipt,
        left: "somebody who left",
    },
    files: &Files {
        heading: "Files",
        send: "Send file",
        drop: "Drop files here to send them to everyone",
        news: |person, file| [person, " wants to send you ", file, ". Open the chat to take it."].concat(),
        nobody: "Nobody else is here. Send the file when somebody has joined.",
        no_taker: "Nobody here can take files at the moment. Wait until they are connected, or ask them to reload their page.",
        too_many: "Only the first 64 files are sent. Send the others afterwards, or put them into an archive.",
        folder: "Folders cannot be sent. Send the files in them, or put them into an archive.",
        not_saved: "The file could not be saved. Try again, or ask for it once more.",
        received: "Received files",
        received_hint: "They are deleted when you close this page.",
        accept: "Accept",
        refuse: "Refuse",
        cancel: "Cancel",
        save: "Save",
        remove: "Remove from the list",
        size: files::size,
        progress: |done, size| [&files::size(done), " of ", &files::size(size)].concat(),
        label: |is_own, person, file| [file, if is_own { " to " } else { " from " }, person].concat(),
        state: files::state,
    },
    gestures: &Gestures {
        raise_hand: "Raise hand",
        hand_raised: "Hand raised, number",
        reactions: "Reactions",
        emoji: in_call::emoji,
    },
    shortcuts: &Shortcuts {
        heading: "Shortcuts",
        command: in_call::command,
        space: "Space",
        talk: "Talk while it is held, with push to talk",
        switch: "Single keys",
        switch_hint: "Switch them off if you steer your computer by voice.",
        push_to_talk: "Push to talk",
        push_to_talk_hint: "You are muted, except while you hold the space bar.",
    },
    settings: &Settings {
        test_sound: "Test sound",
        original: "Original sound",
        original_hint: "For music: nothing is done to what your microphone hears. Use headphones.",
        echo: "Echo cancellation",
        echo_hint: "The others do not hear themselves from your speaker.",
        noise: "Noise suppression",
        noise_hint: "Takes out what is no voice.",
        gain: "Automatic gain",
        gain_hint: "Makes you louder or quieter as you move.",
        even: "Even out voices",
        even_hint: "Loud people are played more quietly, so that everyone sounds alike.",
        sounds: "Sounds",
        sounds_hint: "You hear when somebody joins or leaves, while there are six people or fewer.",
    },
    hints: &Hints {
        you_are_muted: "You are muted. Turn your microphone on to be heard.",
        nothing_heard: "We hear nothing from your microphone.",
        try_microphones: "Try all microphones",
        trying: "Say something. Listening to all your microphones…",
        better: |label| {
            [
                if label.is_empty() { "Another microphone" } else { label },
                " hears you.",
            ]
            .concat()
        },
        use_it: "Use it",
        none_hears: "None of your microphones hears anything. Check whether one is muted by a switch on it, or by your system.",
    },
    look: &Look {
        view: "View",
        grid: "Grid",
        speaker: "Speaker",
        pin: "Pin",
        hide_own: "Hide me",
        hide_own_hint: "You do not see your own picture. The others still do.",
        mirror: "Mirror me",
        mirror_hint: "You see yourself as in a mirror. The others do not.",
        full_screen: "Full screen",
        pip: "Picture in picture",
        pages: "Pages",
        previous: "Previous page",
        next: "Next page",
        page_of: |page, pages| [&page.to_string(), " of ", &pages.to_string()].concat(),
    },
    person: &Person {
        options: "Options",
        volume: "Volume",
        mute: "Mute for me",
        pin_hint: "Keep them large.",
        grade: in_call::grade,
        figures: in_call::figures,
        evened: |percent| ["Evened out: played at ", &percent.to_string(), " %."].concat(),
    },
    share: &Share {
        share: "Share screen",
        of: |name| [name, "'s screen"].concat(),
        own: "Your screen",
        sharing: "You share your screen",
        own_ended: "You no longer share your screen",
        begun: |name| [name, " shares a screen"].concat(),
        ended: |name| [name, " no longer shares a screen"].concat(),
        no_preview: "Everyone sees your screen. It is not drawn here, or it would show itself without end.",
        with_sound: "With sound",
        without_sound: "Without sound",
        content: "What is on it",
        text: "Text",
        motion: "Motion",
        other: "Share something else",
        stop: "Stop sharing",
        put_aside: "Put aside",
        show: "Show",
        full_screen: "Full screen",
        volume: "Volume of the screen",
        mute: "Mute the screen",
        zoom_hint: "Zoom with the wheel, two fingers, or the keys plus, minus and 0. Move it by dragging or with the arrow keys.",
        zoom_out: "Whole picture",
        problem: in_call::share_problem,
    },
    pointing: &Pointing {
        point: "Point",
        draw: "Draw",
        let_others: "Let others point",
        let_others_hint: "They point and draw on your screen.",
    },
    connections: &Connections {
        heading: "Connections",
        table: "Who reaches whom",
        hint: "Each row shows how one person reaches the others. Relayed connections go through the server.",
        unknown: "Unknown",
        route,
        quality,
    },
};

fn occupancy(Occupancy { count, capacity }: Occupancy) -> String {
    match count {
        0 => "Nobody is here yet".into(),
        1 if capacity == 1 => "The room is full: 1 person is here".into(),
        _ if count >= capacity => ["The room is full: ", &capacity.to_string(), " people are here"].concat(),
        1 => "1 person is here".into(),
        _ => [&count.to_string(), " of ", &capacity.to_string(), " people are here"].concat(),
    }
}

const fn advice(advice: Advice) -> &'static str {
    match advice {
        Advice::NoUdp => {
            "Your network blocks UDP, so calls go over TCP and may stutter. If they do, try another network."
        }
        Advice::NoRelay => {
            "Your network does not reach the server's relay. If you cannot see and hear somebody, try another network."
        }
        Advice::RelayRefuses => "The server's relay does not know this page. Reload it.",
        Advice::RelayFull => {
            "The server's relay has no room left. If you cannot see and hear somebody, try again later."
        }
    }
}

const fn unreachable(cause: Cause) -> &'static str {
    match cause {
        Cause::NoPath => {
            "Cannot reach them: no way was found between your networks. One of you should try another network."
        }
        Cause::PeerAway => "Cannot reach them: their network or their page is gone. Wait for them to come back.",
        Cause::Blocked(Whose::Ours) => {
            "Cannot reach them: your network lets neither UDP nor the relay through. Try another network."
        }
        Cause::Blocked(Whose::Theirs) => {
            "Cannot reach them: their network lets neither UDP nor the relay through. They should try another network."
        }
        Cause::RelayUnreachable => {
            "Cannot reach them: no direct way was found, and the server's relay does not answer. Try again later."
        }
        Cause::RelayFull => "Cannot reach them: the server's relay has no room left. Try again later.",
        Cause::Unsupported(Whose::Ours) => {
            "Cannot reach them: this browser cannot make calls. Open this room in another browser."
        }
        Cause::Unsupported(Whose::Theirs) => {
            "Cannot reach them: their browser cannot make calls. They should open this room in another one."
        }
        Cause::RelayRefused(Whose::Ours) => {
            "Cannot reach them: the server's relay does not know you. Leave and join again."
        }
        Cause::RelayRefused(Whose::Theirs) => {
            "Cannot reach them: the server's relay does not know them. They should leave and join again."
        }
    }
}

const fn channel_ended(cause: Ended) -> &'static str {
    match cause {
        Ended::NoHello => {
            "Only pictures and sound reach this person: their page does not answer messages. Ask them to reload it."
        }
        Ended::Flooded => {
            "Messages with this person are off: their page sent too many. Pictures and sound go on. Ask them to reload it."
        }
    }
}

const fn route(route: Route) -> &'static str {
    match route {
        Route::None => "Not connected",
        Route::DirectUdp => "Direct, UDP",
        Route::DirectTcp => "Direct, TCP",
        Route::RelayedUdp => "Relayed, UDP",
        Route::RelayedTcp => "Relayed, TCP",
        Route::RelayedTls => "Relayed, TLS",
        // What only a newer page knows.
        Route::Other(_) => "Connected",
    }
}

fn quality(round_trip_ms: Option<u32>, lost_permille: u32) -> String {
    let round_trip = round_trip_ms.map_or_else(|| "?".into(), |ms| ms.to_string());
    let [lost, tenth] = [lost_permille / 10, lost_permille % 10].map(|part| part.to_string());
    [&round_trip, " ms, ", &lost, ".", &tenth, " % lost"].concat()
}
