from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from retention.campaigns import ledger
from retention.campaigns.ledger import (
    UNTOUCHED,
    Entry,
    Launched,
    find_untouched,
    read_campaign,
    read_ledger,
    seal_again,
    sum_spent,
)
from retention.errors import UserError


def test_what_was_launched_is_read_again(entry: Entry, planned: pd.DataFrame) -> None:
    assert entry.launched.reading == "2026-04"
    assert list(entry.assigned["customer_id"]) == list(planned["customer_id"].astype(str))
    pd.testing.assert_frame_equal(entry.assigned[list(planned)[1:]], planned[list(planned)[1:]])


def test_ids_keep_their_zeros(planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path) -> None:
    send(planned.assign(customer_id=[f"{n:05}" for n in range(len(planned))]))
    assert read_campaign(tmp_path / "ledger" / "spring").assigned["customer_id"][7] == "00007"


@pytest.mark.parametrize(
    ("campaign", "said"), [("spring", "launched already: what"), ("summer", "already, as campaign spring")]
)
def test_nothing_is_launched_twice(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path, campaign: str, said: str
) -> None:
    send(planned)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    with pytest.raises(UserError, match=said):
        send(planned, campaign)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.*")}


@pytest.mark.parametrize("name", ["campaign.json", "assigned.csv"])
def test_a_changed_file_is_refused(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path, name: str
) -> None:
    send(planned)
    path = tmp_path / "ledger" / "spring" / name
    path.write_text(path.read_text().replace("held", "contacted", 1).replace('"loss_share": 0.5', '"loss_share": 0.9'))
    with pytest.raises(UserError, match=f"{name} of campaign spring is not the one that was launched"):
        read_ledger(tmp_path / "ledger")
    path.unlink()
    with pytest.raises(UserError, match=f"has no {name}"):
        read_ledger(tmp_path / "ledger")


def test_a_person_can_be_taken_out_and_the_rest_stays_sealed(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path
) -> None:
    send(planned)
    folder = tmp_path / "ledger" / "spring"
    before = read_campaign(folder).assigned
    lines = (folder / "assigned.csv").read_text().splitlines(keepends=True)
    (folder / "assigned.csv").write_text("".join([*lines[:4], *lines[5:]]))
    seal_again(folder)
    pd.testing.assert_frame_equal(read_campaign(folder).assigned, before.drop(index=3).reset_index(drop=True))


def test_a_launch_that_was_killed_leaves_nothing(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        send(planned)
    assert read_ledger(tmp_path / "ledger") == []
    monkeypatch.undo()
    send(planned)
    assert [one.launched.campaign for one in read_ledger(tmp_path / "ledger")] == ["spring"]
    assert {path.name for path in (tmp_path / "ledger").iterdir()} == {"spring"}


def test_what_the_crm_tells_is_matched_and_the_unknown_are_counted(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path
) -> None:
    send(planned)
    path = tmp_path / "ledger" / "spring" / "contacts.csv"
    path.write_text("customer_id,reached,redeemed,when\n100,yes,no,2026-02-03\n100,no,yes,\n7,1,0,\n101,0,,\n")
    found = read_campaign(path.parent)
    assert found.contacts is not None
    assert found.contacts.to_numpy().tolist() == [["100", True, True], ["101", False, False]]
    assert found.unknown == 1
    path.write_text("customer_id,reached\n100,perhaps\n")
    with pytest.raises(UserError, match='row 2, column reached: "perhaps" is neither yes nor no'):
        read_campaign(path.parent)
    path.write_text("customer_id\n100\n")
    with pytest.raises(UserError, match="has no column reached"):
        read_campaign(path.parent)
    rows = (b"customer_id,reached\n100,yes,no\n", b"customer_id,reached\n100,yes,\n101,no,\n")  # wider than the header
    for content in (*rows, b"", "customer_id,reached\n100,да\n".encode("cp1251"), b'customer_id,reached\n100,"yes\n'):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"contacts\.csv is no table in UTF-8"):
            read_campaign(path.parent)
    path.write_text("customer_id;reached\n100.0;да\n", encoding="utf-8-sig")
    semicolons = read_campaign(path.parent).contacts
    assert semicolons is not None
    assert semicolons.to_numpy().tolist() == [["100", True, False]]


def test_the_first_day_of_a_message_that_arrived_is_read(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path
) -> None:
    send(planned)  # of January, whose result comes with April
    path = tmp_path / "ledger" / "spring" / "contacts.csv"
    rows = "100,yes,2026-03-02\n100,yes,2026-02-28 10:15\n100,no,2026-01-01\n101,yes,30.04.2026\n103,yes,\n"
    path.write_text(f"customer_id,reached,reached_on\n{rows}104,no,2026-02-01\n")
    found = read_campaign(path.parent).contacts
    assert found is not None
    assert found["reached_on"].dt.strftime("%m-%d").fillna("").tolist() == ["02-28", "04-30", "", ""]
    for day in ("soon", "2026-02-30", "2026-02", "2025-12-31", "2026-05-01"):
        path.write_text(f"customer_id,reached,reached_on\n100,yes,\n101,yes,{day}\n")
        with pytest.raises(UserError, match=f'row 3, column reached_on: "{day}" is no day from 2026-01 to 2026-04'):
            read_campaign(path.parent)


def test_ids_that_look_like_formulas_are_those_of_the_customers(
    planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path
) -> None:
    ids = [f"{sign}7900{number}" for number in range(15) for sign in "+-@="]
    send(planned.assign(customer_id=ids))
    assert "'+79000" in (tmp_path / "ledger" / "spring" / "assigned.csv").read_text()
    assert read_ledger(tmp_path / "ledger")[0].assigned["customer_id"].tolist() == ids


def test_planned_customers_rest_until_the_result_is_known(entry: Entry) -> None:
    found = {month: find_untouched([entry], month, True, {}) for month in ("2026-02", "2026-03", "2026-04")}
    everyone = sorted(entry.assigned["customer_id"])
    assert {month: list(rows["customer_id"]) for month, rows in found.items()} == {
        "2026-02": everyone,
        "2026-03": everyone,
        "2026-04": [],
    }
    assert UNTOUCHED.find_problem(found["2026-02"]) == UNTOUCHED.find_problem(found["2026-04"]) == ""


def test_an_offer_cools_down_for_those_who_got_it(entry: Entry) -> None:
    rows = entry.assigned
    got = sorted(rows.loc[(rows["offer"] == "letter") & (rows["arm"] == "contacted"), "customer_id"])
    for month, who in (("2026-02", got), ("2026-03", [])):
        found = find_untouched([entry], month, False, {"letter": 60, "discount": 30})
        assert list(found["customer_id"]) == who
        assert set(found["offer"]) <= {"letter"}


def test_only_what_was_sent_is_spent(entry: Entry, planned: pd.DataFrame) -> None:
    assert sum_spent([entry], "2026") == pytest.approx(planned.loc[planned["arm"] == "contacted", "cost"].sum())
    assert sum_spent([entry], "2025") == 0


def test_earlier_months_only(planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path) -> None:
    send(planned, "b", "2026-02")
    send(planned[:30], "a", "2026-03")
    root = tmp_path / "ledger"
    assert [one.launched.campaign for one in read_ledger(root)] == ["b", "a"]
    assert [one.launched.campaign for one in read_ledger(root, "2026-03")] == ["b"]
    with pytest.raises(UserError, match="nobody to contact"):
        send(planned[:0], "c")
