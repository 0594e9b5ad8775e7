//! QR codes as this program draws them, each read by two decoders: this program's own and another.
//!
//! Of every length, they are read by `zbarimg` too, which shares no code with the first. Turned, blurred and with a patch
//! over 5 % of the area, they are also read by zxing-wasm, the decoder of the phone page: there `zbarimg` gives up.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails stops its test, as an assertion does"
)]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use countersign::qr::{Level, Picture, QUIET_ZONE, Symbol, read};
use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

/// Pixels a module.
const SCALE: u32 = 6;

/// What the scan code says for an issuer of `length` characters.
fn scan_link(length: usize) -> String {
    let issuer: String = "https://"
        .chars()
        .chain(('a'..='z').cycle())
        .take(length)
        .collect();
    format!("{issuer}/q#QoghNQ6WkUkfYWt1TNgxXw.x4DZLngicl4")
}

fn scan_links() -> impl Iterator<Item = String> {
    (10..=60).map(scan_link)
}

fn draw(symbol: &Symbol) -> GrayImage {
    let side = u32::try_from(symbol.outer_size()).unwrap() * SCALE;
    GrayImage::from_fn(side, side, |x, y| {
        let dark = symbol.is_dark((x / SCALE) as usize, (y / SCALE) as usize);
        Luma([if dark { 0 } else { 255 }])
    })
}

fn scan_code(link: &str) -> GrayImage {
    draw(&Symbol::encode(link.as_bytes(), Level::M).unwrap())
}

/// A picture as a file.
fn pgm(picture: &GrayImage) -> Vec<u8> {
    let mut file = format!("P5 {} {} 255\n", picture.width(), picture.height()).into_bytes();
    file.extend_from_slice(picture);
    file
}

/// What `zbarimg` reads in a picture.
fn read_with_zbar(picture: &GrayImage) -> Vec<u8> {
    let options = [
        "--quiet",
        "--nodbus",
        "--raw",
        "--oneshot",
        "-Sdisable",
        "-Sqrcode.enable",
        "-Sbinary",
        "pgm:-",
    ];
    run(Command::new("zbarimg").args(options), &pgm(picture)).stdout
}

/// What zxing-wasm reads in each of the pictures.
fn read_with_zxing(cases: &[Case]) -> Vec<Vec<u8>> {
    let mut input = Vec::new();
    for case in cases {
        let file = pgm(&case.picture);
        input.extend(u32::try_from(file.len()).unwrap().to_be_bytes());
        input.extend(file);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/qr/zxing.mjs");
    let output = run(Command::new("node").arg(script), &input);
    assert!(
        output.status.success(),
        "npm ci first? {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut rest = output.stdout.as_slice();
    let mut contents = Vec::new();
    while let Some((length, following)) = rest.split_first_chunk() {
        let (content, following) = following.split_at(u32::from_be_bytes(*length) as usize);
        contents.push(content.to_vec());
        rest = following;
    }
    contents
}

/// Runs a command with `input` on its standard input.
fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{error}: {command:?} is needed (zbarimg: apt install zbar-tools)")
        });
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// A picture, what its code says, and what was done to it.
struct Case {
    picture: GrayImage,
    content: Vec<u8>,
    what: String,
}

impl Case {
    fn new(picture: GrayImage, content: &[u8], what: impl Into<String>) -> Self {
        Self {
            picture,
            content: content.to_vec(),
            what: what.into(),
        }
    }

    #[track_caller]
    fn assert_read(&self, decoder: &str, bytes: Option<&[u8]>) {
        assert!(
            bytes == Some(&self.content),
            "{decoder}: {}, {} bytes",
            self.what,
            self.content.len()
        );
    }

    #[track_caller]
    fn assert_own_reader_reads(&self) {
        let found = read(&Picture::from(self.picture.clone()));
        self.assert_read(
            "own reader",
            found.as_ref().map(|found| found.bytes.as_slice()),
        );
    }
}

#[track_caller]
fn assert_read_by_zbar_too(picture: GrayImage, content: &[u8], what: &str) {
    let case = Case::new(picture, content, what);
    case.assert_own_reader_reads();
    case.assert_read("ZBar", Some(&read_with_zbar(&case.picture)));
}

#[track_caller]
fn assert_all_read_by_zxing_too(cases: &[Case]) {
    cases.iter().for_each(Case::assert_own_reader_reads);
    let contents = read_with_zxing(cases);
    assert_eq!(contents.len(), cases.len());
    for (case, content) in cases.iter().zip(contents) {
        case.assert_read("zxing-wasm", Some(&content));
    }
}

/// Turned about its centre on a white ground that holds all of it, with smooth edges as a camera makes them.
fn turned(picture: &GrayImage, degrees: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let side = picture.width() * 3 / 2;
    let (centre, middle) = (to_f32(picture.width()) / 2.0, to_f32(side) / 2.0);
    GrayImage::from_fn(side, side, |x, y| {
        let (dx, dy) = (to_f32(x) + 0.5 - middle, to_f32(y) + 0.5 - middle);
        let (from_x, from_y) = (
            cos * dx + sin * dy + centre - 0.5,
            cos * dy - sin * dx + centre - 0.5,
        );
        imageops::interpolate_bilinear(picture, from_x, from_y).unwrap_or(Luma([255]))
    })
}

fn to_f32(pixels: u32) -> f32 {
    f32::from(u16::try_from(pixels).unwrap())
}

/// With a grey square over 5 % of the symbol's area, its corner at the given share of the free side.
fn patched(picture: &GrayImage, across: f32, down: f32) -> GrayImage {
    let quiet = to_f32(u32::try_from(QUIET_ZONE).unwrap() * SCALE);
    let side = to_f32(picture.width()) - 2.0 * quiet;
    let patch = side * 0.05_f32.sqrt();
    let corner = |share: f32| quiet + share * (side - patch);
    let covers = |at: u32, from: f32| (from..from + patch).contains(&(to_f32(at) + 0.5));
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        if covers(x, corner(across)) && covers(y, corner(down)) {
            Luma([110])
        } else {
            *picture.get_pixel(x, y)
        }
    })
}

#[test]
fn scan_codes_of_every_issuer_length_are_read() {
    for link in scan_links() {
        assert_read_by_zbar_too(scan_code(&link), link.as_bytes(), "whole");
    }
}

#[test]
fn turned_scan_codes_are_read() {
    let mut cases = Vec::new();
    for (link, step) in scan_links().zip(0_u16..) {
        // Three angles a third of a circle apart, others for each length: all directions come.
        for third in 0..3 {
            let degrees = (step * 37 % 120) + third * 120;
            let picture = turned(&scan_code(&link), f32::from(degrees));
            cases.push(Case::new(
                picture,
                link.as_bytes(),
                format!("turned by {degrees}°"),
            ));
        }
    }
    assert_all_read_by_zxing_too(&cases);
}

#[test]
fn blurred_scan_codes_are_read() {
    // Two fifths of a module: as much as a camera that has not focused yet.
    let blur = |picture| imageops::blur(&picture, to_f32(SCALE) * 0.4);
    let cases: Vec<Case> = scan_links()
        .map(|link| Case::new(blur(scan_code(&link)), link.as_bytes(), "blurred"))
        .collect();
    assert_all_read_by_zxing_too(&cases);
}

#[test]
fn scan_codes_with_a_patch_over_5_percent_of_the_area_are_read() {
    let mut cases = Vec::new();
    for link in scan_links() {
        let code = scan_code(&link);
        for (across, down) in [
            (0.5, 0.5),
            (0.5, 1.0),
            (1.0, 0.5),
            (0.9, 0.9),
            (0.4, 0.1),
            (0.1, 0.6),
        ] {
            let picture = patched(&code, across, down);
            cases.push(Case::new(
                picture,
                link.as_bytes(),
                format!("patched at {across}, {down}"),
            ));
        }
    }
    assert_all_read_by_zxing_too(&cases);
}

#[test]
fn small_scan_codes_are_read() {
    for link in scan_links().step_by(10) {
        let code = scan_code(&link);
        let side = code.width() * 3 / SCALE;
        let small = imageops::resize(&code, side, side, FilterType::Triangle);
        assert_read_by_zbar_too(small, link.as_bytes(), "at 3 pixels a module");
    }
}

#[test]
fn text_of_every_size_up_to_the_capacity_is_read() {
    for level in [Level::L, Level::M, Level::Q, Level::H] {
        let capacity = level.capacity();
        for length in (1..capacity)
            .step_by(capacity / 15)
            .chain([capacity - 1, capacity])
        {
            let text: Vec<u8> = b"Every word counts, none is lost. "
                .iter()
                .copied()
                .cycle()
                .take(length)
                .collect();
            assert_read_by_zbar_too(
                draw(&Symbol::encode(&text, level).unwrap()),
                &text,
                &format!("level {level:?}"),
            );
        }
    }
}

#[test]
fn digits_and_capitals_use_their_denser_forms_and_come_back() {
    for (text, size) in [
        ("0123456789".repeat(4), 25),
        ("COUNTERSIGN 42 ".repeat(2), 25),
    ] {
        let symbol = Symbol::encode(text.as_bytes(), Level::M).unwrap();
        assert_eq!(symbol.size(), size, "the next size would do for any bytes");
        assert_read_by_zbar_too(draw(&symbol), text.as_bytes(), "dense");
    }
}

#[test]
fn bytes_of_every_value_are_read_unchanged() {
    for start in (0..=255).step_by(15) {
        let bytes: Vec<u8> = (0..=255_u8).cycle().skip(start).take(256).collect();
        assert_read_by_zbar_too(
            draw(&Symbol::encode(&bytes, Level::M).unwrap()),
            &bytes,
            "bytes",
        );
    }
}

fn countersign(args: &[&str], input: &[u8]) -> Output {
    run(
        Command::new(env!("CARGO_BIN_EXE_countersign")).args(args),
        input,
    )
}

#[test]
fn the_command_gives_back_every_byte_it_was_given() {
    let all: Vec<u8> = (0..=255).collect();
    let full: Vec<u8> = all.iter().copied().cycle().take(2953).collect();
    for bytes in [
        &b"\n"[..],
        b"text\r\n",
        "Zo\u{eb} \u{5317}".as_bytes(),
        b"\xef\xbb\xbfbom",
        &all,
        &full,
    ] {
        let picture = countersign(
            &["qr", "encode", "-", "--format", "png", "--scale", "3"],
            bytes,
        );
        assert!(picture.status.success());
        let read = countersign(&["qr", "decode"], &picture.stdout);
        assert!(
            read.status.success() && read.stdout == bytes,
            "{} bytes",
            bytes.len()
        );
    }
}

#[test]
fn the_command_refuses_what_no_symbol_holds_and_says_how_much_one_does() {
    let refused = countersign(&["qr", "encode", "-"], &[b'x'; 2954]);
    let text = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stdout.is_empty()
            && text.contains("2954 bytes")
            && text.matches("2953").count() == 1,
        "{text}"
    );
    let refused = countersign(&["qr", "encode", "-", "--ec", "h"], &[b'x'; 1274]);
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(
        text.contains("1273 at level H, and 2953 at level L"),
        "{text}"
    );
}

#[test]
fn the_format_follows_the_ending_and_another_ending_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let encode = |name: &str, more: &[&str]| {
        let path = folder.path().join(name);
        let args = ["qr", "encode", "text", "-o", path.to_str().unwrap()];
        let output = countersign(&[&args[..], more].concat(), b"");
        let errors = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), errors, std::fs::read(path).ok())
    };
    assert!(encode("a.PNG", &[]).2.unwrap().starts_with(b"\x89PNG"));
    assert!(encode("a.svg", &[]).2.unwrap().starts_with(b"<svg"));
    for name in ["a.jpg", "a.txt", "a"] {
        let (exit, errors, file) = encode(name, &[]);
        assert_eq!((exit, file), (Some(2), None), "{name}");
        assert!(errors.contains("--format"), "{errors}");
    }
    let (exit, errors, file) = encode("a.txt", &["--format", "terminal"]);
    assert_eq!(exit, Some(0), "{errors}");
    assert!(!file.unwrap().is_empty());
}

#[test]
fn every_picture_format_is_read() {
    let link = scan_link(20);
    let code = scan_code(&link);
    for format in [
        image::ImageFormat::Png,
        image::ImageFormat::Jpeg,
        image::ImageFormat::WebP,
        image::ImageFormat::Gif,
        image::ImageFormat::Bmp,
        image::ImageFormat::Pnm,
        image::ImageFormat::Tiff,
    ] {
        let mut file = std::io::Cursor::new(Vec::new());
        // GIF and lossless WebP have no grey.
        image::DynamicImage::from(code.clone())
            .into_rgb8()
            .write_to(&mut file, format)
            .unwrap();
        let picture = Picture::decode(file.get_ref()).unwrap();
        assert_eq!(read(&picture).unwrap().text, link, "{format:?}");
    }
}

#[test]
fn the_terminal_drawing_is_a_code_that_is_read_on_dark_and_on_light() {
    let link = scan_link(22);
    let drawing = countersign(&["qr", "encode", &link], b"");
    let drawing = String::from_utf8(drawing.stdout).unwrap();
    let rows: Vec<Vec<char>> = drawing
        .lines()
        .map(|line| {
            line.trim_start_matches("\x1b[38;5;16;48;5;231m")
                .trim_end_matches("\x1b[0m")
                .chars()
                .collect()
        })
        .collect();
    let cell = 4;
    let picture = GrayImage::from_fn(
        u32::try_from(rows[0].len()).unwrap() * cell,
        u32::try_from(rows.len()).unwrap() * 2 * cell,
        |x, y| {
            let inked = match rows[(y / cell / 2) as usize][(x / cell) as usize] {
                '█' => true,
                '▀' => (y / cell) % 2 == 0,
                '▄' => (y / cell) % 2 == 1,
                _ => false,
            };
            Luma([if inked { 0 } else { 255 }])
        },
    );
    assert_read_by_zbar_too(picture, link.as_bytes(), "drawn in a terminal");
}
