//! English.

mod devices;

use call::channel::Ended;
use call::{Advice, Cause, Whose};
use protocol::Route;

use super::{Bar, Boot, Call, Connections, Devices, Home, Left, Lobby, NotFound, Notices, People, Site, Texts, Tile};
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
        no_webrtc: "This browser cannot make calls: WebRTC is missing or switched off. Open this room in another browser.",
        copy_by_hand: |link| ["Copy this address and send it: ", link].concat(),
        dismiss: "Dismiss",
    },
    bar: &Bar {
        copy_link: "Copy link",
        link_copied: "Link copied",
        leave: "Leave",
    },
    devices: &Devices {
        heading: "Devices",
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
        camera_off: "Camera off",
        microphone_interrupted: "Microphone interrupted by their system",
        camera_interrupted: "Camera interrupted by their system",
        messages_off: "Messages are off",
        channel_ended,
        connecting: "Connecting…",
        reconnecting: "Reconnecting…",
        unreachable,
        try_again: "Try again",
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
