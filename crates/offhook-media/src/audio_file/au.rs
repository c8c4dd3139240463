//! Sun's AU (`.snd`), which much of what is called `audio/basic` really is: a header of at least 24 bytes.

use super::{AudioFileError, Coding, Track};

/// Read a file that begins as one.
pub(super) fn read(file: &[u8]) -> Result<Track<'_>, AudioFileError> {
    let damaged = |what| AudioFileError::Damaged { container: "AU", what };
    let header = file.first_chunk::<24>().ok_or(damaged("its header is cut off"))?;
    let word = |place: usize| {
        u32::from_be_bytes([header[place], header[place + 1], header[place + 2], header[place + 3]])
    };
    let (start, length, encoding, rate_hz) = (word(4) as usize, word(8) as usize, word(12), word(16));
    let data = file.get(start.max(24)..).ok_or(damaged("its audio begins behind its end"))?;
    let coding = match encoding {
        1 => Coding::MuLaw,
        2 => Coding::Signed8,
        3 => Coding::Signed16Big,
        4 => Coding::Signed24Big,
        5 => Coding::Signed32Big,
        6 => Coding::Float32Big,
        7 => Coding::Float64Big,
        27 => Coding::ALaw,
        other => {
            let what = format!("encoding {other}");
            return Err(AudioFileError::Unsupported { container: "AU", what });
        }
    };
    let channels = u16::try_from(word(20)).unwrap_or(u16::MAX);
    // All ones is how a length is written that was not known; zero is a writer's that could not go back.
    let data = if length == 0 { data } else { &data[..length.min(data.len())] };
    Track::new("AU", coding, rate_hz, channels, data)
}
