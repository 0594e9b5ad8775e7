//! `countersign qr encode` and `qr decode`.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::CliError;
use crate::cli::{DecodeArgs, EncodeArgs, Format};
use crate::failure::file_error;
use crate::qr::{self, Level, Picture, Symbol};
use crate::terminal;

/// Bytes that are read of what is to be drawn, and one: more than the 7089 digits that the largest symbol holds.
const MAX_CONTENT_BYTES: u64 = 8192;

/// Draws a code.
pub(crate) fn encode(args: &EncodeArgs) -> Result<ExitCode, CliError> {
    let format = match (args.format, &args.output) {
        (Some(format), _) => format,
        (None, Some(path)) => format_of(path)?,
        (None, None) => Format::Terminal,
    };
    let content = match (&args.file, args.text.as_deref()) {
        (Some(file), _) => File::open(file)
            .and_then(beginning)
            .map_err(|error| file_error("read", file, &error))?,
        (None, None | Some("-")) => {
            beginning(io::stdin().lock()).map_err(|error| stdin_error(&error))?
        }
        (None, Some(text)) => text.as_bytes().to_vec(),
    };
    if content.is_empty() {
        return Err(CliError::Usage(
            "there is nothing to draw: the text is empty".to_owned(),
        ));
    }
    let symbol = match args.ec {
        Some(level) => Symbol::encode(&content, level.into()),
        None => Symbol::encode_any_level(&content),
    };
    let symbol = symbol.map_err(|error| too_long(&error))?;
    let drawing = match format {
        Format::Terminal => qr::terminal(&symbol, style(args)).into_bytes(),
        Format::Svg => qr::svg(&symbol).into_bytes(),
        Format::Png if args.output.is_none() && terminal::stdout_is_terminal() => {
            let text = "a PNG is no text for a terminal: name a file with --output, or pipe it";
            return Err(CliError::Usage(text.to_owned()));
        }
        Format::Png => qr::png(&symbol, args.scale)
            .map_err(|error| CliError::Failed(format!("cannot make the PNG: {error}")))?,
    };
    write(args.output.as_deref(), &drawing)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a picture's code.
pub(crate) fn decode(args: &DecodeArgs) -> Result<ExitCode, CliError> {
    let file = match args.image.as_str() {
        "-" => read_stdin(qr::MAX_FILE_BYTES)?,
        path => read_file(Path::new(path), qr::MAX_FILE_BYTES)?,
    };
    let content = read_code(&file)?;
    if args.json {
        let bytes = URL_SAFE_NO_PAD.encode(&content.bytes);
        let line = terminal::json_line(&json!({"text": content.text, "bytes": bytes}));
        write(args.output.as_deref(), format!("{line}\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let bytes = if args.text {
        content.text.as_bytes()
    } else {
        &content.bytes
    };
    if args.output.is_none() && terminal::stdout_is_terminal() {
        show(&content.text);
    } else {
        write(args.output.as_deref(), bytes)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Decodes a picture file and finds its code, with advice where there is none.
pub(crate) fn read_code(file: &[u8]) -> Result<qr::Content, CliError> {
    let picture = Picture::decode(file).map_err(|error| CliError::Failed(error.to_string()))?;
    qr::read(&picture).ok_or_else(|| {
        let text = "no QR code was found in the picture. Take one that shows the whole code with its white margin, \
                    sharp, straight and without glare";
        CliError::Failed(text.to_owned())
    })
}

/// On a terminal: the text alone, made harmless, and a word about what is not shown.
fn show(text: &str) {
    let harmless: Vec<String> = text.lines().map(terminal::harmless).collect();
    for line in &harmless {
        terminal::result(line);
    }
    if harmless.join("\n") != text.trim_end_matches('\n') {
        terminal::progress(
            "(What would steer the terminal is left out. --output FILE gives every byte.)",
        );
    }
}

fn too_long(error: &qr::TooLong) -> CliError {
    let more = if error.length as u64 > MAX_CONTENT_BYTES {
        "more than "
    } else {
        ""
    };
    let advice = match error.level {
        Level::L => "Make it shorter, or put it behind a link.",
        _ => "Make it shorter, or choose a lower level with --ec.",
    };
    CliError::Failed(format!("{more}{error}. {advice}"))
}

/// As much of a source as shows whether it fits.
fn beginning(source: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_CONTENT_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn style(args: &EncodeArgs) -> qr::TerminalStyle {
    terminal::code_style(args.dark_text)
}

/// The format that the ending of the name asks for.
fn format_of(output: &Path) -> Result<Format, CliError> {
    let ending = output.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => Ok(Format::Svg),
        Some("png") => Ok(Format::Png),
        _ => {
            let path = output.display();
            let text = format!(
                "{path} ends in neither .svg nor .png: name it so, or choose what to draw with --format"
            );
            Err(CliError::Usage(text))
        }
    }
}

fn write(output: Option<&Path>, bytes: &[u8]) -> Result<(), CliError> {
    match output {
        Some(path) => fs::write(path, bytes).map_err(|error| file_error("write", path, &error)),
        None => terminal::result_bytes(bytes),
    }
}

/// The bytes of a file, refused beyond `limit`.
pub(crate) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    let file = File::open(path).map_err(|error| file_error("open", path, &error))?;
    read_limited(file, limit).map_err(|error| file_error("read", path, &error))
}

/// The bytes of standard input, refused beyond `limit`.
pub(crate) fn read_stdin(limit: u64) -> Result<Vec<u8>, CliError> {
    read_limited(io::stdin().lock(), limit).map_err(|error| stdin_error(&error))
}

fn stdin_error(error: &io::Error) -> CliError {
    CliError::Failed(format!("cannot read standard input: {error}"))
}

fn read_limited(source: impl io::Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let text = format!("it is longer than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}
