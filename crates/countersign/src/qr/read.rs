//! A picture to the bytes of its code: several looks at it, the likeliest first.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use rxing::common::{
    BitMatrix, DetectorRXingResult as _, GlobalHistogramBinarizer, HybridBinarizer,
};
use rxing::qrcode::cpp_port::{QrReader, decoder};
use rxing::qrcode::detector::Detector;
use rxing::{
    BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source, RXingResult, Reader as _,
};

use super::enhance;
use super::picture::Picture;

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its bytes, unchanged.
    pub bytes: Vec<u8>,
    /// The same as text, by the character set that the code names, or the likeliest.
    pub text: String,
}

/// Finds the code of a picture and reads it; of several codes, one. `None` when none can be read.
pub fn read(picture: &Picture) -> Option<Content> {
    enhance::looks(&picture.luma).find_map(|look| read_look(&look))
}

fn read_look(luma: &GrayImage) -> Option<Content> {
    let (width, height) = luma.dimensions();
    let source = || Luma8Source::new_with_slice(luma.as_raw(), width, height).ok();
    // By local brightness first: it copes with shadows. By one threshold for all: it copes with blur and noise.
    read_binary(HybridBinarizer::new(source()?))
        .or_else(|| read_binary(GlobalHistogramBinarizer::new(source()?)))
}

fn read_binary<B: Binarizer>(binarizer: B) -> Option<Content> {
    let mut bitmap = BinaryBitmap::new(binarizer);
    // The decoder indexes by what it finds in the picture. It has no known panics, but pictures come from anywhere,
    // and one that confuses it must be "not found", not a crash.
    catch_unwind(AssertUnwindSafe(|| {
        [false, true].into_iter().find_map(|inverted| {
            if inverted {
                bitmap.invert();
            }
            read_bitmap(&mut bitmap)
        })
    }))
    .ok()
    .flatten()
}

/// Two detectors, one decoder: what one of them overlooks, the other may find.
fn read_bitmap<B: Binarizer>(bitmap: &mut BinaryBitmap<B>) -> Option<Content> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE])),
        ..DecodeHints::default()
    };
    if let Ok(found) = QrReader.decode_with_hints(bitmap, &hints) {
        return Some(content(&found));
    }
    let found = Detector::new(bitmap.get_black_matrix())
        .detect_with_hints(&hints)
        .ok()?;
    decode_matrix(found.getBits())
}

fn decode_matrix(modules: &BitMatrix) -> Option<Content> {
    let decoded = decoder::Decode(modules).ok()?;
    if !decoded.isValid() {
        return None;
    }
    Some(content(&RXingResult::with_decoder_result(
        decoded,
        &[],
        BarcodeFormat::QR_CODE,
    )))
}

/// The raw bytes of this decoder are the content's, of all segments in their order; its text is a guess.
fn content(found: &RXingResult) -> Content {
    let bytes = found.getRawBytes().to_vec();
    // Where the bytes are UTF-8, they are meant so: nothing else looks like it by chance.
    let text = String::from_utf8(bytes.clone()).unwrap_or_else(|_| found.getText().to_owned());
    Content { bytes, text }
}

#[cfg(test)]
mod tests {
    use super::super::{Level, Symbol, png};
    use super::*;

    fn picture(content: &[u8]) -> Picture {
        let symbol = Symbol::encode(content, Level::M).unwrap();
        Picture::decode(&png(&symbol, 3).unwrap()).unwrap()
    }

    #[test]
    fn every_byte_value_comes_back_unchanged() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(read(&picture(&all)).unwrap().bytes, all);
    }

    #[test]
    fn light_on_dark_is_read_too() {
        let mut picture = picture(b"inverted");
        image::imageops::invert(&mut picture.luma);
        assert_eq!(read(&picture).unwrap().text, "inverted");
    }

    #[test]
    fn an_empty_picture_has_no_code() {
        assert_eq!(read(&Picture::from(GrayImage::new(1, 1))), None);
        assert_eq!(
            read(&Picture::from(GrayImage::from_pixel(
                300,
                200,
                image::Luma([255])
            ))),
            None
        );
    }
}
