//! Server-sent events from chunks of bytes (WHATWG HTML §9.2.6), as far as the server uses them.

/// Bytes of one event; the server's are a few hundred.
const MAX_EVENT_BYTES: usize = 64 * 1024;

/// One event with data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its `event:` field, `message` without one.
    pub(crate) name: String,
    /// Its `data:` lines, joined by line feeds.
    pub(crate) data: String,
}

/// The events of a stream so far. Comments (heartbeats) give nothing; an unfinished event waits for its end.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    rest: Vec<u8>,
    name: String,
    data: Vec<String>,
}

impl Parser {
    /// Takes the next bytes and gives the events that they complete; `None` when an event is longer than any honest one.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Option<Vec<Event>> {
        self.rest.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            events.extend(self.line(line.trim_end_matches(['\r', '\n'])));
        }
        let held = self.rest.len() + self.data.iter().map(String::len).sum::<usize>();
        (held <= MAX_EVENT_BYTES).then_some(events)
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then(|| Event {
                name: if name.is_empty() {
                    "message".to_owned()
                } else {
                    name
                },
                data: data.join("\n"),
            });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push(value.to_owned()),
            // A comment has an empty field name. `id` repeats the version that the data carries; `retry` is not used.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event {
            name: name.to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn events_come_out_however_the_bytes_are_cut() {
        let text = b": heartbeat\n\nevent: state\nid: 3\ndata: {\"a\":1}\n\ndata: x\r\ndata: y\r\n\r\nevent: nothing\n\n";
        for size in 1..text.len() {
            let mut parser = Parser::default();
            let events: Vec<Event> = text
                .chunks(size)
                .flat_map(|part| parser.feed(part).unwrap())
                .collect();
            assert_eq!(
                events,
                [event("state", "{\"a\":1}"), event("message", "x\ny")],
                "chunks of {size}"
            );
        }
    }

    #[test]
    fn an_endless_event_is_refused_with_little_memory() {
        let mut parser = Parser::default();
        let endless = (0..1000)
            .map(|_| parser.feed(&[b'x'; 1024]))
            .take_while(Option::is_some)
            .count();
        assert!(endless <= MAX_EVENT_BYTES / 1024);
    }
}
