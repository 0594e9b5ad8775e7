//! A file's bytes to grey pixels, with limits that hold before anything is decoded.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageReader, Limits, Rgba, RgbaImage, imageops};

/// Pixels that a picture may have: phone cameras make up to 50 million, and each costs a few bytes here.
pub const MAX_PIXELS: u64 = 64_000_000;
/// Pixels that are searched for a code; larger pictures, up to four times as large, are halved first. Of so many, a
/// code that fills a sixth of the side has pixels enough, even the largest one.
const SEARCHED_PIXELS: u64 = 16_000_000;
/// Bytes of a picture file; an uncompressed picture of [`MAX_PIXELS`] in RGB is the largest that makes sense.
pub const MAX_FILE_BYTES: u64 = 200_000_000;

/// Why a file is no usable picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No format that is understood.
    #[error(
        "this is no picture that can be read here (PNG, JPEG, WebP, GIF, BMP, PNM and TIFF can)"
    )]
    Unknown,
    /// Larger than [`MAX_PIXELS`].
    #[error("the picture has {width} x {height} pixels; {} million are the limit: crop it to the code", MAX_PIXELS / 1_000_000)]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The file is cut off or damaged.
    #[error("the picture is damaged: {0}")]
    Damaged(String),
}

/// A picture as grey pixels.
#[derive(Debug, Clone)]
pub struct Picture {
    pub(super) luma: GrayImage,
}

impl Picture {
    /// Decodes the bytes of a picture file; its format is told by its content, never by a name.
    ///
    /// # Errors
    /// [`PictureError`]; too many pixels are refused by the header alone.
    pub fn decode(file: &[u8]) -> Result<Self, PictureError> {
        let (width, height) = reader(file)?
            .into_dimensions()
            .map_err(|error| PictureError::Damaged(error.to_string()))?;
        if u64::from(width) * u64::from(height) > MAX_PIXELS || width == 0 || height == 0 {
            return Err(PictureError::TooLarge { width, height });
        }
        let mut reader = reader(file)?;
        let mut limits = Limits::default();
        // Eight bytes a pixel is the deepest that the formats go (RGBA of 16 bits); as much again for the work.
        limits.max_alloc = Some(MAX_PIXELS * 16);
        reader.limits(limits);
        let picture = reader
            .decode()
            .map_err(|error| PictureError::Damaged(error.to_string()))?;
        Ok(Self::from_image(picture))
    }

    fn from_image(picture: DynamicImage) -> Self {
        let luma = if picture.color().has_alpha() {
            on_white(&picture.into_rgba8())
        } else {
            picture.into_luma8()
        };
        let (width, height) = luma.dimensions();
        let pixels = u64::from(width) * u64::from(height);
        if pixels <= SEARCHED_PIXELS {
            return Self { luma };
        }
        Self {
            luma: imageops::thumbnail(&luma, (width / 2).max(1), (height / 2).max(1)),
        }
    }
}

impl From<GrayImage> for Picture {
    fn from(luma: GrayImage) -> Self {
        Self { luma }
    }
}

fn reader(file: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, PictureError> {
    let reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(|_| PictureError::Unknown)?;
    if reader.format().is_none() {
        return Err(PictureError::Unknown);
    }
    Ok(reader)
}

/// Transparent pixels become white: codes are often saved as black on nothing, and nothing has the value of black.
fn on_white(picture: &RgbaImage) -> GrayImage {
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = *picture.get_pixel(x, y);
        let alpha = u32::from(alpha);
        // ITU-R BT.709 weights, as the image crate has them for opaque pictures.
        let grey =
            (2126 * u32::from(red) + 7152 * u32::from(green) + 722 * u32::from(blue)) / 10_000;
        let shown = (grey * alpha + 255 * (255 - alpha)) / 255;
        image::Luma([u8::try_from(shown).unwrap_or(255)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_picture() {
        assert!(matches!(
            Picture::decode(b"https://login.example"),
            Err(PictureError::Unknown)
        ));
    }

    #[test]
    fn a_header_that_claims_too_many_pixels_is_refused_before_decoding() {
        let error = Picture::decode(b"P5 60000 60000 255\n").unwrap_err();
        assert!(matches!(
            error,
            PictureError::TooLarge { width: 60_000, .. }
        ));
    }

    #[test]
    fn a_cut_off_picture_is_called_damaged() {
        let error = Picture::decode(b"P5 40 40 255\n012345").unwrap_err();
        assert!(matches!(error, PictureError::Damaged(_)));
    }

    #[test]
    fn black_on_nothing_reads_as_black_on_white() {
        let mut picture = RgbaImage::new(2, 1);
        picture.put_pixel(1, 0, Rgba([0, 0, 0, 255]));
        let luma = on_white(&picture);
        assert_eq!(
            (luma.get_pixel(0, 0).0, luma.get_pixel(1, 0).0),
            ([255], [0])
        );
    }
}
