"""Who exists: persons, the companies they work for, and how each system knows them.

A person is one number. Every system has ids, spellings and gaps of its own, and each of a person's records shares at
least one exact key (e-mail, phone, external id) with another of them, directly or through a third. What people do
belongs to the other topic modules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.columns import (
    DAY,
    Flags,
    Ints,
    Text,
    choose,
    constant,
    draw,
    ids,
    instant,
    instants,
    join,
    keep,
    pick,
    table,
)

START = instant(planted.FIRST_DAY)
CUT = instant(planted.CUT)

_FIRST_NAMES = (
    "Anna", "Jan", "Piotr", "Maria", "Łukasz", "Zofia", "Tom", "Emma", "Lena", "Felix", "Jonas", "Marie",
    "Hugo", "Chloé", "Louis", "Zoë", "Noah", "Olivia", "Liam", "Ava", "Mason", "Sophia", "James", "Grace",
    "Oliver", "Ruby", "Harry", "Nina", "Paul", "Clara", "François", "Élise", "Max", "Ida", "Oskar", "Julia",
    "Adam", "Ewa", "Marek", "Kinga", "Ben", "Sarah", "David", "Laura", "Peter", "Alice", "Simon", "Helen",
    "Victor", "Rose",
)  # fmt: skip
_LAST_NAMES = (
    "Smith", "Jones", "Brown", "Wilson", "Taylor", "Clark", "Hall", "Young", "King", "Wright", "Müller",
    "Schmidt", "Fischer", "Weber", "Wagner", "Becker", "Schulz", "Hoffmann", "Koch", "Bauer", "Martin",
    "Bernard", "Dubois", "Petit", "Durand", "Leroy", "Moreau", "Simon", "Laurent", "Garnier", "Nowak",
    "Kowalski", "Wójcik", "Lewandowski", "Zieliński", "Mazur", "Król", "Dąbrowski", "Adams", "Baker", "Carter",
    "Davis", "Evans", "Foster", "Green", "Harris", "Irving", "Johnson", "Keller", "Lopez", "Miller", "Nelson",
    "Owens", "Parker", "Quinn", "Reed", "Scott", "Turner", "Vance", "Walker",
)  # fmt: skip
_ASCII = str.maketrans("łŁéÉëçüöäßóńąźęśż", "lLeEecuoasonazesz")
_FIRST_SLUGS = [name.translate(_ASCII).lower() for name in _FIRST_NAMES]
_LAST_SLUGS = [name.translate(_ASCII).lower() for name in _LAST_NAMES]
_HOME_DOMAINS = ("example.com", "example.org", "example.net", "homepost.example", "inbox.example")
_SECOND_DOMAINS = ("post.example", "letters.example", "private.example")
_COMPANY_WORDS = (
    "Amber", "Birch", "Cedar", "Delta", "Ember", "Falcon", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel", "Lumen",
)  # fmt: skip
_COMPANY_KINDS = ("Works", "Labs", "Trading", "Systems", "Foods", "Media", "Logistics", "Health", "Studio", "Energy")
_INDUSTRIES = ("software", "retail", "manufacturing", "health", "logistics")
_CITIES = {
    "US": ("Austin", "Boston", "Denver", "Seattle"),
    "DE": ("Berlin", "Köln", "München", "Hamburg"),
    "FR": ("Lyon", "Paris", "Lille", "Nantes"),
    "PL": ("Gdańsk", "Kraków", "Łódź", "Warszawa"),
    "GB": ("Leeds", "London", "Bristol", "York"),
}
_ACQUISITION = ("search", "social", "referral", "partner", "event")

# Dialling code, national prefix, and the digits that come before seven digits of the person's own.
_DIALLING = (("1", "", ""), ("49", "0", "1512"), ("33", "0", "61"), ("48", "", "60"), ("44", "0", "741"))
_US_AREAS = ("205", "212", "303", "312", "404", "415", "503", "512", "602", "617", "702", "713", "801")


@dataclass(frozen=True)
class People:
    """One chunk of persons as parallel arrays; ``number`` is unique over all chunks.

    ``*_id`` are the ids in each system, null where the system does not know the person. ``acquired_at`` is in epoch
    seconds. ``account`` is the number of the company, -1 for consumers. ``promoted_at`` is when the CRM moved the
    person from smb to enterprise, after the cut for all others.
    """

    number: Ints
    segment: Ints
    country: Ints
    channel: Ints
    account: Ints
    acquired_at: Ints
    promoted_at: Ints
    is_test: Flags
    is_lead: Flags
    is_guest: Flags
    is_buyer: Flags
    is_payer: Flags
    has_crm_phone: Flags
    first_name: Text
    last_name: Text
    email: Text
    second_email: Text
    phone: Text
    crm_id: Text
    helpdesk_id: Text
    survey_id: Text
    shop_id: Text
    billing_id: Text
    shop_email: Text
    ticket_count: Ints
    first_account: int
    account_count: int

    def __len__(self) -> int:
        return len(self.number)

    @property
    def person_id(self) -> Text:
        """The true person, as the truth tables name them."""
        return ids("P", self.number, width=7)

    def segment_at(self, person: Ints, at: Ints) -> Ints:
        """Position in ``SEGMENTS`` of each person at each instant."""
        return np.where(at >= self.promoted_at[person], 2, self.segment[person])


def make_people(rng: np.random.Generator, first: int, size: int) -> People:
    """Draw ``size`` persons numbered from ``first``."""
    number = np.arange(first, first + size, dtype=np.int64)
    segment = np.sort(draw(rng, size, planted.SEGMENT_SHARES))
    account, account_count = _employ(segment, first)
    country = draw(rng, size, planted.COUNTRY_SHARES)
    employed = account >= 0
    # Everyone in a company works in one country, that of its first contact.
    firsts = np.unique(account[employed], return_index=True)[1]
    country[employed] = country[employed][firsts][account[employed] - first]

    early = rng.random(size) < 0.45
    span = CUT - START
    acquired_at = START + np.where(early, rng.random(size) * 60 * DAY, rng.random(size) * (span - 5 * DAY))
    acquired_at = acquired_at.astype(np.int64)
    # The very first person is a test customer, so that the smallest company has one.
    is_test = (rng.random(size) < planted.TEST_SHARE) | (number == 0)
    consumer = segment == 0
    is_lead = (rng.random(size) < planted.LEAD_SHARE) & consumer & ~is_test
    is_guest = (rng.random(size) < planted.GUEST_ONLY_SHARE) & consumer & ~is_lead & ~is_test
    is_buyer = (consumer & ~is_lead) | ((segment == 1) & (rng.random(size) < 0.5))
    account_first = np.zeros(size, dtype=bool)
    account_first[np.flatnonzero(employed)[firsts]] = True
    is_payer = account_first | (consumer & ~is_lead & ~is_guest & (rng.random(size) < 0.15))
    promoted = (segment == 1) & (rng.random(size) < 0.03)
    promoted_at = np.where(promoted, START + 400 * DAY + (rng.random(size) * 250 * DAY).astype(np.int64), CUT + 1)

    given = rng.integers(0, len(_FIRST_NAMES), size)
    family = rng.integers(0, len(_LAST_NAMES), size)
    email, second_email = _emails(rng, number, account, is_test, given, family)
    rate = np.array([planted.TICKETS_PER_PERSON[name] for name in planted.SEGMENTS])[segment]
    tenure = (CUT - acquired_at) / (CUT - START)
    ticket_count = np.where(is_lead, 0, rng.poisson(rate * tenure))

    known_to_shop = is_buyer & ~is_guest
    shop_id = keep(known_to_shop, ids("", 300_000 + _shuffled(rng, number)))
    second_in_shop = known_to_shop & (rng.random(size) < 0.12)
    return People(
        number=number,
        segment=segment,
        country=country,
        channel=draw(rng, size, planted.CHANNEL_SHARES),
        account=account,
        acquired_at=acquired_at,
        promoted_at=promoted_at,
        is_test=is_test,
        is_lead=is_lead,
        is_guest=is_guest,
        is_buyer=is_buyer,
        is_payer=is_payer,
        has_crm_phone=~is_guest & (rng.random(size) < 0.85),
        first_name=pick(_FIRST_NAMES, given),
        last_name=pick(_LAST_NAMES, family),
        email=email,
        second_email=second_email,
        phone=_phones(number, country),
        crm_id=keep(~is_guest, ids("", _shuffled(rng, number) + 1, width=8)),
        helpdesk_id=keep((ticket_count > 0) & (rng.random(size) > 0.08), ids("", 300_000 + _shuffled(rng, number))),
        survey_id=keep(~is_lead & ~is_guest & (rng.random(size) < 0.35), ids("SC-", _shuffled(rng, number) + 1)),
        shop_id=shop_id,
        billing_id=keep(is_payer, ids("cus_", _shuffled(rng, number) + 1, width=7)),
        shop_email=choose(second_in_shop, second_email, email),
        ticket_count=ticket_count,
        first_account=first,
        account_count=account_count,
    )


def _employ(segment: Ints, first: int) -> tuple[Ints, int]:
    """Companies of a fixed number of contacts; the last of a segment may be smaller."""
    account = np.full(len(segment), -1, dtype=np.int64)
    count = 0
    for position, name in enumerate(planted.SEGMENTS):
        if name in planted.CONTACTS_PER_ACCOUNT:
            members = np.flatnonzero(segment == position)
            account[members] = first + count + np.arange(len(members)) // planted.CONTACTS_PER_ACCOUNT[name]
            count += -(-len(members) // planted.CONTACTS_PER_ACCOUNT[name])
    return account, count


def _shuffled(rng: np.random.Generator, number: Ints) -> Ints:
    return rng.permutation(number)


def _emails(
    rng: np.random.Generator, number: Ints, account: Ints, is_test: Flags, given: Ints, family: Ints
) -> tuple[Text, Text]:
    """Two addresses of each person. The person's number makes each unique; nothing else may repeat it."""
    size = len(number)
    digits = ids("", number)
    first_slug, last_slug = pick(_FIRST_SLUGS, given), pick(_LAST_SLUGS, family)
    home = pick(_HOME_DOMAINS, rng.integers(0, len(_HOME_DOMAINS), size))
    domain = choose(account >= 0, join(company_domains(np.maximum(account, 0))), home)
    email = join(first_slug, ".", last_slug, digits, "@", domain)
    email = choose(is_test, join("qa+", digits, "@cx360.example"), email)
    second = pick(_SECOND_DOMAINS, rng.integers(0, len(_SECOND_DOMAINS), size))
    return email, join(last_slug, "_", digits, "@", second)


def company_domains(account: Ints) -> Text:
    """The web domain of each company."""
    word = pick([word.lower() for word in _COMPANY_WORDS], account % len(_COMPANY_WORDS))
    kind = pick([kind.lower() for kind in _COMPANY_KINDS], account // len(_COMPANY_WORDS) % len(_COMPANY_KINDS))
    return join(word, kind, ids("", account), ".example")


def company_names(account: Ints) -> Text:
    """The name of each company; names repeat, domains do not."""
    word = pick(_COMPANY_WORDS, account % len(_COMPANY_WORDS))
    return join(word, " ", pick(_COMPANY_KINDS, account // len(_COMPANY_WORDS) % len(_COMPANY_KINDS)))


def _phones(number: Ints, country: Ints) -> Text:
    """One number per person in E.164, valid in the numbering plan of the country and never drawn twice."""
    own = (number * 4_567_891 + 1_234_567) % 10_000_000
    rest = pc.utf8_lpad(pc.cast(pa.array(own), pa.string()), 7, "0")
    # In North America the seven digits are spread over area codes so that no exchange is a service code (N11).
    line = own % 800_000
    american = join(pick(_US_AREAS, own // 800_000), ids("", 220 + line // 10_000), ids("", line % 10_000, width=4))
    start = pick([f"+{code}{mobile}" for code, _, mobile in _DIALLING], country)
    return choose(country == 0, join("+1", american), join(start, rest))


def spell_phone(rng: np.random.Generator, phone: Text, country: Ints) -> Text:
    """The same numbers as people type them; national spellings need the country beside them to be read."""
    size = len(phone)
    code = pick([code for code, _, _ in _DIALLING], country)
    trunk = pick([trunk for _, trunk, _ in _DIALLING], country)
    national = choose(country == 0, pc.utf8_slice_codeunits(phone, 2), pc.utf8_slice_codeunits(phone, 3))
    one = pc.utf8_slice_codeunits(national, 0, 3)
    two = pc.utf8_slice_codeunits(national, 3, 6)
    three = pc.utf8_slice_codeunits(national, 6)
    spellings = (
        phone,
        join("+", code, " ", one, " ", two, " ", three),
        join("+", code, "-", one, "-", two, "-", three),
        join(trunk, one, " ", two, three),
        choose(country == 0, join("1 (", one, ") ", two, "-", three), join("00", code, national)),
    )
    style = draw(rng, size, (0.3, 0.2, 0.15, 0.2, 0.15))
    return pc.choose(pa.array(style), *spellings)


def spell_email(rng: np.random.Generator, email: Text) -> Text:
    """The same addresses with the case and spaces that forms let through."""
    style = draw(rng, len(email), (0.70, 0.12, 0.08, 0.10))
    return pc.choose(pa.array(style), email, pc.utf8_capitalize(email), pc.utf8_upper(email), join(" ", email, "  "))


@dataclass(frozen=True)
class Record:
    """Contacts of one system: whose they are, and the rows as that system delivers them."""

    person: Ints
    rows: pa.Table


def crm_contacts(rng: np.random.Generator, people: People) -> Record:
    """The CRM's contacts: everyone but guests of the shop; the hub to which most other records lead."""
    size = len(people)
    segments = pick(planted.SEGMENTS, people.segment)
    rows = table(
        contact_id=people.crm_id,
        account_id=keep(people.account >= 0, ids("ACC-", np.maximum(people.account, 0), width=6)),
        first_name=people.first_name,
        last_name=people.last_name,
        email=spell_email(rng, people.email),
        phone=keep(people.has_crm_phone, spell_phone(rng, people.phone, people.country)),
        country=pick(planted.COUNTRIES, people.country),
        city=_cities(rng, people.country),
        language=pick(planted.COUNTRY_LANGUAGES, people.country),
        lifecycle_stage=choose(people.is_lead, "lead", "customer"),
        acquisition_source=pick(_ACQUISITION, rng.integers(0, len(_ACQUISITION), size)),
        segment=segments,
        marketing_consent=pa.array(rng.random(size) < 0.7),
        is_test=pa.array(people.is_test),
        created_at=instants(people.acquired_at),
        updated_at=instants(people.acquired_at),
    )
    known = np.flatnonzero(~people.is_guest)
    return Record(known, rows.take(pa.array(known)))


def _cities(rng: np.random.Generator, country: Ints) -> Text:
    names = [city for code in planted.COUNTRIES for city in _CITIES[code]]
    return pick(names, country * 4 + rng.integers(0, 4, len(country)))


def crm_changes(people: People, contacts: Record) -> Record:
    """Contacts delivered again when the CRM moved them from smb to enterprise."""
    promoted = np.flatnonzero(people.promoted_at[contacts.person] < CUT)
    person = contacts.person[promoted]
    rows = contacts.rows.take(pa.array(promoted))
    rows = rows.set_column(rows.column_names.index("segment"), "segment", constant("enterprise", len(promoted)))
    at = instants(people.promoted_at[person])
    return Record(person, rows.set_column(rows.column_names.index("updated_at"), "updated_at", at))


def crm_second_contacts(rng: np.random.Generator, people: People) -> Record:
    """The lead that some customers were before: a second contact with an id of its own and the same address."""
    person = np.flatnonzero((rng.random(len(people)) < 0.02) & ~people.is_guest & ~people.is_lead)
    merged = rng.random(len(person)) < 0.5
    at = pa.array(person)
    rows = table(
        contact_id=ids("9", people.number[person], width=7),
        first_name=people.first_name.take(at),
        last_name=people.last_name.take(at),
        email=spell_email(rng, people.email.take(at)),
        country=pick(planted.COUNTRIES, people.country[person]),
        lifecycle_stage=constant("lead", len(person)),
        merged_into_id=keep(merged, people.crm_id.take(at)),
        is_test=pa.array(people.is_test[person]),
        created_at=instants(np.maximum(people.acquired_at[person] - 20 * DAY, START)),
        updated_at=instants(np.maximum(people.acquired_at[person] - 20 * DAY, START)),
    )
    return Record(person, rows)


def system_contacts(
    rng: np.random.Generator, people: People, known: Text, *, fixed_email: Text | None = None
) -> Record:
    """Contacts of a system other than the CRM, for the persons whose id there is not null.

    Most carry the person's address; some another address and the phone; some another address and the CRM's id. Where
    ``fixed_email`` is given, it is the address, so that e-mail-only rows of the same system find their contact.
    """
    person = np.flatnonzero(pc.is_valid(known).to_numpy(zero_copy_only=False))
    size = len(person)
    at = pa.array(person)
    email, second = people.email.take(at), people.second_email.take(at)
    if fixed_email is None:
        other_address = (rng.random(size) < 0.3) & ~people.is_guest[person]
        address = choose(other_address, second, email)
    else:
        address = fixed_email.take(at)
        other_address = pc.not_equal(address, email).to_numpy(zero_copy_only=False)
    by_phone = other_address & people.has_crm_phone[person] & (rng.random(size) < 0.6)
    by_id = other_address & ~by_phone
    phone = spell_phone(rng, people.phone.take(at), people.country[person])
    reference = join('{"crm": "', people.crm_id.take(at), '"}')
    rows = table(
        contact_id=known.take(at),
        first_name=people.first_name.take(at),
        last_name=people.last_name.take(at),
        email=spell_email(rng, address),
        phone=keep(by_phone | (~other_address & (rng.random(size) < 0.5)), phone),
        country=pick(planted.COUNTRIES, people.country[person]),
        language=pick(planted.COUNTRY_LANGUAGES, people.country[person]),
        external_ids=keep(by_id, reference),
        is_test=pa.array(people.is_test[person]),
        created_at=instants(people.acquired_at[person]),
        updated_at=instants(people.acquired_at[person]),
    )
    return Record(person, rows)


def accounts(people: People) -> pa.Table:
    """The CRM's accounts, one per company of the chunk."""
    person = np.flatnonzero(people.account >= 0)
    number, firsts = np.unique(people.account[person], return_index=True)
    first = person[firsts]
    enterprise = people.segment[first] == 2
    return table(
        account_id=ids("ACC-", number, width=6),
        name=company_names(number),
        account_type=constant("company", len(number)),
        domain=company_domains(number),
        industry=pick(_INDUSTRIES, number % len(_INDUSTRIES)),
        employee_count=pa.array(np.where(enterprise, 400 + number % 900, 8 + number % 40)),
        currency=pick(planted.COUNTRY_CURRENCIES, people.country[first]),
        country=pick(planted.COUNTRIES, people.country[first]),
        tier=pick(planted.SEGMENTS, people.segment[first]),
        created_at=instants(people.acquired_at[first]),
        updated_at=instants(people.acquired_at[first]),
    )


def account_contacts(people: People) -> pa.Table:
    """Who does what in each company: its first contact decides and pays, the others influence or use."""
    person = np.flatnonzero(people.account >= 0)
    number, firsts = np.unique(people.account[person], return_index=True)
    is_first = np.zeros(len(person), dtype=bool)
    is_first[firsts] = True
    role = np.where(is_first, 0, 1 + people.number[person] % 2)
    everyone = np.concatenate([person, person[firsts]])
    roles = np.concatenate([role, np.full(len(number), 3)])
    return table(
        account_id=ids("ACC-", people.account[everyone], width=6),
        contact_id=people.crm_id.take(pa.array(everyone)),
        role=pick(("decision_maker", "influencer", "user", "payer"), roles),
        valid_from=instants(people.acquired_at[everyone]),
    )
