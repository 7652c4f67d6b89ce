//! By how much a picture is to be scaled, so that an encoder gets sides that it likes.

/// The smallest side that is ever made.
const SMALLEST: u32 = 16;

/// The height in lines and the `scaleResolutionDownBy` (W3C WebRTC section 5.2.9; never below 1) that bring a captured picture to at most
/// `lines` lines on its shorter side. Both sides of the result are even where a height near it allows that: encoders work on chroma of half the size, and
/// browsers cut what is left over. Browsers round both sides down after the division, so the factor is exact to that.
pub(super) fn scale(width: u32, height: u32, lines: u32) -> f64 {
    let shorter = width.min(height);
    if shorter <= lines.max(SMALLEST) {
        return 1.0;
    }
    // Each even number of lines down to a tenth less; the first that makes the other side even, too.
    let wanted = (lines.max(SMALLEST)) & !1;
    let lowest = (wanted - wanted / 10).max(SMALLEST);
    let candidates = (lowest..=wanted).rev().filter(|lines| lines.is_multiple_of(2));
    let (factor, _) = candidates
        .map(|lines| {
            let factor = exact(shorter, lines);
            let longer = sent(width.max(height), factor);
            (factor, longer % 2)
        })
        .min_by_key(|(_, odd)| *odd)
        .unwrap_or((exact(shorter, wanted), 0));
    factor
}

/// The side that a browser sends.
pub(super) fn sent(side: u32, factor: f64) -> u32 {
    // At most `side`, since the factor is at least 1.
    (f64::from(side) / factor) as u32
}

/// `from / to`, a little less where the division back would otherwise fall short of `to`.
fn exact(from: u32, to: u32) -> f64 {
    let factor = f64::from(from) / f64::from(to);
    if sent(from, factor) == to {
        factor
    } else {
        factor * (1.0 - 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32, lines: u32) -> (u32, u32) {
        let factor = scale(width, height, lines);
        (sent(width, factor), sent(height, factor))
    }

    #[test]
    fn the_usual_captures_give_the_usual_sizes() {
        assert_eq!(scale(1280, 720, 180), 4.0);
        assert_eq!(scale(1280, 720, 720), 1.0);
        assert_eq!(size(1280, 720, 360), (640, 360));
        assert_eq!(size(1280, 720, 270), (480, 270));
        assert_eq!(size(1280, 720, 126), (224, 126));
        assert_eq!(size(1280, 720, 90), (160, 90));
        assert_eq!(size(640, 480, 180), (240, 180));
        assert_eq!(size(720, 1280, 180), (180, 320));
        assert_eq!(size(1920, 1080, 648), (1152, 648));
    }

    #[test]
    fn nothing_is_ever_enlarged() {
        assert_eq!(scale(320, 180, 720), 1.0);
        assert_eq!(scale(0, 0, 90), 1.0);
        assert_eq!(scale(1, 5000, 90), 1.0);
    }

    #[test]
    fn whatever_is_captured_the_sides_are_even_near_and_never_larger() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut odd = 0;
        for _ in 0..20_000 {
            let (width, height) = (random.u32(1..8_000), random.u32(1..8_000));
            let lines = random.u32(0..3_000);
            let factor = scale(width, height, lines);
            assert!(factor.is_finite() && factor >= 1.0);
            if factor > 1.0 {
                let sides = [sent(width, factor), sent(height, factor)];
                let shorter = *sides.iter().min().unwrap();
                assert!(
                    shorter <= lines.max(SMALLEST) && shorter.is_multiple_of(2),
                    "{width}x{height} to {lines}: {sides:?}"
                );
                assert!(
                    shorter + lines / 10 + 2 >= lines,
                    "{width}x{height} to {lines}: {sides:?}"
                );
                odd += u32::from(sides.iter().any(|side| !side.is_multiple_of(2)));
            }
        }
        // Narrow pictures with few heights to choose from.
        assert!(odd < 2_000, "{odd}");
    }
}
