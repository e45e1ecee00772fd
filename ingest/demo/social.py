"""The social media tool: own posts and their counts, what others write, and whose names it knows.

Its contacts are people who linked their name on a network to their account; others write under names nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.columns import DAY, HOUR, Ints, Text, choose, constant, draw, ids, instants, join, keep, numbers, pick
from ingest.demo.columns import table as rows_of
from ingest.demo.people import CUT, START, People, Record

POSTS_PER_CHUNK = 1_000_000
NETWORKS = ("mastodon", "instagram", "reviewsite")

# Days after publication on which the tool reads the counts of a post.
_READ_AFTER = np.array([0, 1, 2, 4, 7, 14, 28], dtype=np.int64)
_PRAISE = ("Love my new kettle!", "Fast delivery, thank you.", "Great chair, worth every cent.", "Best shop in town.")
_COMPLAINTS = ("My parcel never arrived.", "The lamp came broken.", "Nobody answers the phone!", "Charged twice?")


@dataclass(frozen=True)
class OwnPosts:
    """Posts of the company, and the readings of their counts, with their instants."""

    posts: pa.Table
    posted_at: Ints
    metrics: pa.Table
    read_at: Ints


def make_own_posts(rng: np.random.Generator) -> OwnPosts:
    """Three posts a week, each read up to seven times while its counts grow."""
    day = np.flatnonzero(np.isin(np.arange((CUT - START) // DAY) % 7, (0, 2, 4)))
    size = len(day)
    at = START + day * DAY + 9 * HOUR + (rng.random(size) * 8 * HOUR).astype(np.int64)
    network = rng.integers(0, 2, size)
    number = np.arange(size) + 1
    posts = rows_of(
        post_id=ids("OWN-", number, width=5),
        network=pick(NETWORKS, network),
        brand=constant(planted.BRAND, size),
        author_handle=constant("@hearthside", size),
        is_own=pa.array(np.ones(size, dtype=bool)),
        post_type=constant("post", size),
        body=pick(("New in the shop.", "Behind the scenes.", "Tip of the week."), number % 3),
        language=constant("en", size),
        posted_at=instants(at),
        url=join("https://social.example/hearthside/", ids("", number)),
    )
    final = rng.lognormal(8.0, 0.6, size)
    rates = {"likes": 0.03, "comments": 0.004, "shares": 0.003, "clicks": 0.01, "reach": 0.6}
    drawn = {name: rate * (0.7 + 0.6 * rng.random(size)) for name, rate in rates.items()}
    drawn["impressions"] = np.ones(size)
    post = np.repeat(np.arange(size), len(_READ_AFTER))
    after = np.tile(_READ_AFTER, size) * DAY + 6 * HOUR
    seen = at[post] + after < CUT
    post, after = post[seen], after[seen]
    grown = 1 - np.exp(-after / (2.0 * DAY))
    counts = {name: pa.array(np.floor(final[post] * drawn[name][post] * grown).astype(np.int64)) for name in drawn}
    read_at = at[post] + after
    metrics = rows_of(
        post_id=posts["post_id"].combine_chunks().take(pa.array(post)),
        captured_at=instants(read_at),
        **counts,
        followers=pa.array(4_000 + (read_at - START) // DAY * 5 + network[post] * 1_500),
    )
    return OwnPosts(posts, at, metrics, read_at)


def _handles(people: People, person: Ints) -> Text:
    return join("hs_", ids("", people.number[person]))


def social_contacts(rng: np.random.Generator, people: People) -> tuple[Record, Ints]:
    """People who linked their name on a network, and that network of each."""
    known = ~people.is_guest & (rng.random(len(people)) < planted.SOCIAL_SHARE)
    person = np.flatnonzero(known)
    network = rng.integers(0, len(NETWORKS), len(person))
    handle = join('{"', pick(NETWORKS, network), '": "', _handles(people, person), '"}')
    rows = rows_of(
        contact_id=ids("U", people.number[person], width=7),
        email=people.email.take(pa.array(person)),
        social_handles=handle,
        is_test=pa.array(people.is_test[person]),
        created_at=instants(people.acquired_at[person]),
        updated_at=instants(people.acquired_at[person]),
    )
    return Record(person, rows), network


@dataclass(frozen=True)
class Posts:
    """What others wrote in one chunk: posts and mentions with their instants; how many posts are by known people."""

    posts: pa.Table
    posted_at: Ints
    mentions: pa.Table
    mentioned_at: Ints
    by_known: int
    of_two_brands: int


def make_posts(rng: np.random.Generator, people: People, contacts: Record, network: Ints, chunk: int) -> Posts:
    """Praise, complaints and reviews by people with a known name, and half as many by strangers."""
    author = np.repeat(np.arange(len(contacts.person)), draw(rng, len(contacts.person), (0.4, 0.3, 0.2, 0.1)))
    strangers = len(author) // 2
    size = len(author) + strangers
    is_known = np.arange(size) < len(author)
    number = chunk * POSTS_PER_CHUNK + np.arange(size) + 1
    since = np.concatenate([people.acquired_at[contacts.person[author]], np.full(strangers, START)])
    at = since + (rng.random(size) * (CUT - HOUR - since)).astype(np.int64)
    where = np.concatenate([network[author], rng.integers(0, len(NETWORKS), strangers)])
    handle = pa.concat_arrays([_handles(people, contacts.person[author]), ids("stranger_", number[~is_known])])
    is_review = where == 2
    is_complaint = rng.random(size) < planted.P_SOCIAL_COMPLAINT
    words = rng.integers(0, 4, size)
    rating = np.where(is_complaint, 1 + rng.integers(0, 2, size), 4 + rng.integers(0, 2, size))
    replied_at = at + (rng.lognormal(1.8, 1.0, size) * HOUR).astype(np.int64)
    is_replied = is_complaint & (rng.random(size) < planted.P_SOCIAL_REPLIED) & (replied_at < CUT)
    of_rival = rng.random(size) < 0.1
    rival = pick(planted.COMPETITORS, number % len(planted.COMPETITORS))
    post_id = ids("P-", number, width=8)
    posts = rows_of(
        post_id=post_id,
        network=pick(NETWORKS, where),
        brand=choose(of_rival, rival, planted.BRAND),
        author_handle=choose(is_known, join("@", handle), handle),
        author_followers=pa.array(np.floor(rng.lognormal(5.0, 1.2, size)).astype(np.int64)),
        is_own=pa.array(np.zeros(size, dtype=bool)),
        post_type=choose(is_review, "review", "mention"),
        rating=numbers(rating, is_review),
        rating_max=numbers(np.full(size, 5), is_review),
        reuse_permission=keep(~is_complaint, pick(("none", "asked", "granted"), draw(rng, size, (0.8, 0.1, 0.1)))),
        body=choose(is_complaint, pick(_COMPLAINTS, words), pick(_PRAISE, words)),
        language=constant("en", size),
        posted_at=instants(at),
        severity=numbers(1 + rng.integers(0, 4, size), is_complaint),
        needs_reply=pa.array(is_complaint),
        replied_at=instants(replied_at, is_replied),
        assigned_team=keep(is_complaint, constant("care", size)),
        updated_at=instants(np.where(is_replied, replied_at, at)),
    )
    two = np.flatnonzero(~of_rival & (rng.random(size) < planted.P_TWO_BRANDS))
    both = np.repeat(two, 2)
    mentions = rows_of(
        post_id=post_id.take(pa.array(both)),
        brand=choose(np.arange(len(both)) % 2 == 0, constant(planted.BRAND, len(both)), rival.take(pa.array(both))),
    )
    return Posts(posts, at, mentions, at[both], int(is_known.sum()), len(two))
