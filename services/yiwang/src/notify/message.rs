//! A notice as it leaves: the one JSON form that files and gateways get.

use jiff::Timestamp;
use serde_json::{Value, json};
use yiwang_proto::dispatch::v1::{Contact, PendingNotice};

use super::words;

/// A notice that is ready to be sent. Its body has names and telephones and is never printed.
pub(crate) struct Message {
    /// Id of the event: the same notice has the same one, however often it is sent.
    pub(super) event_id: String,
    /// What it says, and to which kind of recipient: nothing of a person.
    pub(super) label: String,
    /// What is sent.
    pub(super) body: Vec<u8>,
    /// How many of those who are meant have no telephone.
    pub(super) unreached: u32,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Message({}, {} bytes)", self.event_id, self.body.len())
    }
}

impl Message {
    pub(super) fn of(notice: &PendingNotice, contact: &Contact) -> Message {
        let text = words::text(&notice.template, &notice.case_code);
        let due = notice.due_time.as_ref();
        let due = due.and_then(|due| Timestamp::new(due.seconds, due.nanos).ok());
        let recipient = notice.recipient().as_str_name().trim_start_matches("RECIPIENT_");
        let value = json!({
            "id": notice.event_id,
            "template": notice.template,
            "recipient": recipient,
            "disputeId": notice.dispute_id,
            "caseCode": notice.case_code,
            "dueTime": due.map(|due| due.to_string()),
            "to": to(contact),
            "text": { "zh": text.zh, "en": text.en },
        });
        Message {
            event_id: notice.event_id.clone(),
            label: format!("{} → {recipient}", notice.template),
            body: value.to_string().into_bytes(),
            unreached: contact.unreached,
        }
    }
}

/// Who is meant: persons, or one place, team or system.
fn to(contact: &Contact) -> Value {
    if let Some(source) = &contact.source {
        return json!([{ "kind": "source", "system": source.system, "number": source.number }]);
    }
    if !contact.team_id.is_empty() {
        let (id, name) = (&contact.team_id, &contact.team_name);
        return json!([{ "kind": "team", "teamId": id, "name": name }]);
    }
    if !contact.unit_id.is_empty() {
        let (id, name) = (&contact.unit_id, &contact.unit_name);
        let area = &contact.area_code;
        return json!([{ "kind": "unit", "areaCode": area, "unitId": id, "name": name }]);
    }
    if !contact.area_code.is_empty() {
        let (area, name) = (&contact.area_code, &contact.area_name);
        return json!([{ "kind": "area", "areaCode": area, "name": name }]);
    }
    let people = contact.people.iter();
    people
        .map(|person| json!({ "kind": "person", "name": person.name, "phone": person.phone }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yiwang_proto::dispatch::v1::{Reachable, Source};

    fn notice() -> PendingNotice {
        PendingNotice {
            event_id: "e-1".to_owned(),
            case_code: "0306-4821-93756".to_owned(),
            template: "CLOSED".to_owned(),
            recipient: 2,
            ..PendingNotice::default()
        }
    }

    fn sent(contact: &Contact) -> Value {
        serde_json::from_slice(&Message::of(&notice(), contact).body).unwrap()
    }

    #[test]
    fn each_kind_of_recipient_has_a_form() {
        let person = Reachable { name: "王".to_owned(), phone: "139".to_owned() };
        let people = Contact { people: vec![person], ..Contact::default() };
        let source = Source { system: "12345".to_owned(), number: "7".to_owned() };
        let source = Contact { source: Some(source), ..Contact::default() };
        let area = Contact { area_code: "370306".to_owned(), ..Contact::default() };
        let unit = Contact { unit_id: "u-1".to_owned(), ..area.clone() };
        let team = Contact { team_id: "t-1".to_owned(), ..Contact::default() };
        for (contact, kind) in
            [(people, "person"), (source, "source"), (area, "area"), (unit, "unit"), (team, "team")]
        {
            let value = sent(&contact);
            assert_eq!(value["to"][0]["kind"], kind, "{value}");
            assert_eq!(value["to"].as_array().unwrap().len(), 1, "{value}");
        }
    }

    #[test]
    fn a_message_says_what_and_of_which_case_and_prints_nothing_of_it() {
        let person = Reachable { name: "王建国".to_owned(), phone: "13905339876".to_owned() };
        let contact = Contact { people: vec![person], unreached: 1, ..Contact::default() };
        let value = sent(&contact);
        assert_eq!(value["recipient"], "PARTIES");
        assert!(value["text"]["zh"].as_str().unwrap().contains("0306-4821-93756"), "{value}");
        let printed = format!("{:?}", Message::of(&notice(), &contact));
        assert!(!printed.contains("王") && !printed.contains("139"), "{printed}");
    }
}
