//! How loud the own microphone is.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;
use web_sys::{AnalyserNode, AudioContext, AudioContextState, MediaStream, MediaStreamTrack};

/// Samples looked at each time: about 20 ms at 48 kHz.
const WINDOW: u32 = 1024;

/// The fourth root of the power at -60 dB.
const QUIET: f64 = 0.032;

/// The fourth root of the power at -10 dB.
const LOUD: f64 = 0.562;

/// Listens to a track. Dropping it frees the audio graph.
pub(super) struct Meter {
    context: AudioContext,
    analyser: AnalyserNode,
    samples: Float32Array,
}

impl Meter {
    /// Begins to listen.
    pub(super) fn new(track: &MediaStreamTrack) -> Result<Self, JsValue> {
        let stream = MediaStream::new()?;
        stream.add_track(track);
        let context = AudioContext::new()?;
        match analyse(&context, &stream) {
            Ok(analyser) => Ok(Self {
                context,
                analyser,
                samples: Float32Array::new_with_length(WINDOW),
            }),
            Err(error) => {
                let _ = context.close();
                Err(error)
            }
        }
    }

    /// Whether the browser lets it run.
    pub(super) fn is_running(&self) -> bool {
        self.context.state() == AudioContextState::Running
    }

    /// The level now as the root mean square of the samples, 0 to 1, and the loudness of it for a bar, 0 to 1: from 60 dB to 10 dB below
    /// full scale.
    pub(super) fn look(&self) -> (f64, f64) {
        let Ok(read) = super::rtc_ext::get(&self.analyser, "getFloatTimeDomainData").dyn_into::<js_sys::Function>()
        else {
            return (0.0, 0.0);
        };
        if read.call1(&self.analyser, &self.samples).is_err() {
            return (0.0, 0.0);
        }
        let level = level(&self.samples.to_vec());
        (level, loudness(level))
    }
}

fn analyse(context: &AudioContext, stream: &MediaStream) -> Result<AnalyserNode, JsValue> {
    let analyser = context.create_analyser()?;
    analyser.set_fft_size(WINDOW);
    context
        .create_media_stream_source(stream)?
        .connect_with_audio_node(&analyser)?;
    Ok(analyser)
}

impl Drop for Meter {
    fn drop(&mut self) {
        let _ = self.context.close();
    }
}

/// The root mean square.
fn level(samples: &[f32]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let power: f64 = samples
        .iter()
        .map(|&sample| f64::from(sample) * f64::from(sample))
        .sum();
    let count = f64::from(u32::try_from(samples.len()).unwrap_or(u32::MAX));
    (power / count).sqrt()
}

fn loudness(level: f64) -> f64 {
    // Ears hear ratios. The fourth root of the power is near enough to that for a bar, and needs no logarithm.
    ((level.sqrt() - QUIET) / (LOUD - QUIET)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::level;

    fn loudness(samples: &[f32]) -> f64 {
        super::loudness(level(samples))
    }

    #[test]
    fn silence_is_zero_and_full_scale_is_one() {
        assert_eq!(loudness(&[]), 0.0);
        assert_eq!(loudness(&[0.0; 64]), 0.0);
        assert_eq!(loudness(&[1.0; 64]), 1.0);
    }

    #[test]
    fn louder_is_more() {
        let quiet = loudness(&[0.01; 64]);
        let loud = loudness(&[0.1; 64]);
        assert!(0.0 < quiet && quiet < loud && loud < 1.0, "{quiet} {loud}");
    }
}
