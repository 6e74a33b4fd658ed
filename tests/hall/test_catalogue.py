"""The catalogue of services: the project's own is whole, and every fault of a file is found with key and reason."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.hall import graph
from services.hall.catalogue import Service, load_services, read_services
from services.hall.eligibility import Condition, contradiction, unmet
from twin.city.units import load_departments
from twin.core.errors import ConfigError

CONFIG = Path(__file__).parents[2] / "config"
DEPARTMENTS = tuple(load_departments(CONFIG / "departments.toml"))
BUNDLES = {"newborn", "school_enrolment", "restaurant", "company", "property_transfer", "retirement"}


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    return load_services(CONFIG / "services", DEPARTMENTS)


def test_the_catalogue_has_six_life_events_and_their_items_singly(services: dict[str, Service]) -> None:
    assert {id for id, service in services.items() if service.bundle} == BUNDLES
    singles = {id for id, service in services.items() if not service.bundle}
    assert len(singles) >= 12
    assert singles - {item.id for id in BUNDLES for item in services[id].items} == {"vehicle_transfer"}
    assert {"health", "police", "tax", "education"} <= {services[id].items[0].department for id in singles}


def test_one_form_asks_each_fact_once(services: dict[str, Service]) -> None:
    for id in sorted(BUNDLES):
        service = services[id]
        asked = [field.id for field in service.fields]
        apart = [field for item in service.items for field in services[item.id].items[0].reads]
        assert len(asked) == len(set(asked)) and set(asked) <= set(apart)
        assert len(asked) < len(apart), id
        known = set(asked)
        for item in service.items:
            carried = {claim for one in item.reuses for claim in service.item(one).claims}
            assert set(item.claims) <= known | carried
            assert not set(item.reads) & carried, "no question that a credential answers"


def test_a_bundle_asks_for_fewer_materials_than_its_items(services: dict[str, Service]) -> None:
    for id in sorted(BUNDLES):
        facts = {"age": 55, "has_household": True, "has_school_child": True, "employed": True}
        bundle = graph.to_bring(services[id], graph.begin(services[id], facts))
        apart = [
            one
            for item in services[id].items
            for one in graph.to_bring(services[item.id], graph.begin(services[item.id], facts))
        ]
        assert len(bundle) < len(apart), id


def test_every_item_has_limits_and_words(services: dict[str, Service]) -> None:
    for service in services.values():
        for item in service.items:
            assert item.statutory and item.promised and item.name.zh
    newborn = services["newborn"]
    assert newborn.item("maternity_reimbursement").reuses == ("birth_certificate", "medical_insurance_enrolment")
    assert newborn.item("household_registration").reuses == ("birth_certificate",)
    assert services["restaurant"].item("food_permit").joint == services["restaurant"].item("fire_check").joint != ""


def test_an_old_file_still_loads() -> None:
    old = load_services(Path(__file__).parent / "services", DEPARTMENTS)["newborn"]
    assert [item.id for item in old.items] == ["birth_certificate", "household_registration"]
    assert old.item("household_registration").reads == ("household_address",)


def test_a_bundles_version_changes_with_the_items_it_uses(tmp_path: Path, services: dict[str, Service]) -> None:
    shutil.copytree(CONFIG / "services", tmp_path / "s")
    path = tmp_path / "s" / "deed_tax.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    then = load_services(tmp_path / "s", DEPARTMENTS)
    changed = {id for id in then if then[id].version != services[id].version}
    assert changed == {"deed_tax", "property_transfer"}


FAULTS = [
    ("company.toml", 'use = "business_licence"', 'use = "business_licence"\nafter = ["company_seal"]',
     "items", "business_licence, company_seal wait for each other"),
    ("company.toml", 'use = "business_licence"', 'use = "business_licence"\nafter = ["company_seal"]',
     "items[2].after", "it can never be reached: it waits for business_licence, company_seal"),
    ("company.toml", 'use = "company_seal"', 'use = "company_seel"', "items[1].use", "no file company_seel.toml"),
    ("company.toml", 'joint = "staff"', 'joint = "tax"', "items[3].joint", "nothing else is reviewed in 'tax'"),
    ("retirement.toml", 'use = "social_insurance_record"', 'use = "social_insurance_record"\noptional = true',
     "items[4].reuses", "'social_insurance_record' is optional"),
    ("retirement.toml", 'use = "retirement_application"\n', 'use = "retirement_application"\njoint = "benefits"\n',
     "items[2].joint", "do not come after the same items"),
    ("retirement.toml", 'use = "identity_check"', 'use = "identity_check"\ndepartment = "tax"',
     "items[0]", "only after, joint, optional and service_s of its own"),
    ("newborn.toml", "service_s = [15, 40]", "service_s = [40, 15]", "items[1].service_s", "shortest and longest"),
    ("deed_tax.toml", 'department = "tax"', 'department = "circus"', "items[0].department", "no department 'circus'"),
    ("deed_tax.toml", 'replaced_by = "contract_filing"', 'replaced_by = "contract"',
     "items[0].materials[1]", "nobody issues 'contract'"),
    ("deed_tax.toml", "outside = true", "outside = false",
     "items[0].materials[0]", "nobody issues 'sale_contract'; say outside = true"),
    ("deed_tax.toml", "promised = { hours = 4 }", "promised = { days = 21 }",
     "items[0].promised", "168 h promised are more than the 160 h of the law"),
    ("deed_tax.toml", "statutory = { days = 20 }\n", "", "items[0].statutory", "held against the law's limit"),
    ("deed_tax.toml", 'zh = "契税申报"', 'zh = " "', "name.zh", "no text in Chinese"),
    ("deed_tax.toml", 'zh = "成交价格"', 'zh = "Price"', "fields[1].name.zh", "'Price' is not Chinese"),
    ("deed_tax.toml", 'en = "Price"', 'en = ""', "fields[1].name.en", "no text in English"),
    ("deed_tax.toml", '{ en = "Price", zh = "成交价格" }', '{ en = "Buyer", zh = "价格" }',
     "fields[1]", "'price' asks the same as 'buyer': Buyer"),
    ("deed_tax.toml", '{ en = "Price", zh = "成交价格" }', '{ en = "Sum", zh = "成交价格" }',
     "fields[1].name", "'price' is named otherwise elsewhere"),
    ("deed_tax.toml", 'reads = ["buyer", "price"', 'reads = ["price"', "items[0].claims", "nobody gives 'buyer'"),
    ("deed_tax.toml", 'fact = "age", at_least = 18', 'fact = "age"', "items[0].eligibility[0]", "numbers have bounds"),
    ("deed_tax.toml", 'fact = "age"', 'fact = "shoe"', "items[0].eligibility[0]", "the register has no 'shoe'"),
    ("deed_tax.toml", 'fact = "age", at_least = 18', 'fact = "age", at_most = 17',
     "items[1].eligibility", "age must be at least 18 and at most 17"),
    ("deed_tax.toml", 'id = "deed_tax"', 'id = "property_registration"',
     "items[0].id", "'property_registration' is issued by"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "key", "reason"), FAULTS)
def test_a_fault_is_named_with_file_key_and_reason(
    tmp_path: Path, file: str, old: str, new: str, key: str, reason: str
) -> None:
    shutil.copytree(CONFIG / "services", tmp_path / "s")
    path = tmp_path / "s" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    _, faults = read_services(tmp_path / "s", DEPARTMENTS)
    assert any(fault.key == key and reason in fault.reason for fault in faults), faults
    with pytest.raises(ConfigError):
        load_services(tmp_path / "s", DEPARTMENTS)


def test_a_fact_that_a_credential_says_is_not_asked_again(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "services" / "newborn.toml").read_text(encoding="utf-8")
    (tmp_path / "newborn.toml").write_text(
        text.replace('reads = ["household_address"]', 'reads = ["household_address", "mother"]'), encoding="utf-8"
    )
    _, faults = read_services(tmp_path, DEPARTMENTS)
    assert [(fault.key, fault.reason) for fault in faults] == [
        ("items[1].reads", "'mother' is asked twice: a reused credential says it")
    ]


def test_one_faulty_file_hides_no_other(tmp_path: Path) -> None:
    shutil.copytree(CONFIG / "services", tmp_path / "s")
    (tmp_path / "s" / "deed_tax.toml").write_text("[x", encoding="utf-8")
    (tmp_path / "s" / "signboard.toml").unlink()
    services, faults = read_services(tmp_path / "s", DEPARTMENTS)
    assert {fault.file for fault in faults} >= {"deed_tax.toml", "property_transfer.toml", "restaurant.toml"}
    assert "newborn" in services and "property_transfer" not in services


@settings(max_examples=25)
@given(st.data())
def test_whatever_is_done_to_a_line_is_a_fault_or_a_whole_catalogue(data: st.DataObject) -> None:
    """A line lost, said twice, or made another file's: never a trace, and nothing faulty is let in."""
    paths = sorted((CONFIG / "services").glob("*.toml"))
    path = data.draw(st.sampled_from(paths))
    lines = path.read_text(encoding="utf-8").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.sampled_from(paths)).read_text(encoding="utf-8").splitlines()
    lines[at : at + 1] = data.draw(st.sampled_from([[], [lines[at]] * 2, [data.draw(st.sampled_from(other))]]))
    with TemporaryDirectory() as folder:
        directory = Path(folder)
        for one in paths:
            (directory / one.name).symlink_to(one)
        (directory / path.name).unlink()
        (directory / path.name).write_text("\n".join(lines), encoding="utf-8")
        services, faults = read_services(directory, DEPARTMENTS)
    assert len(services) == len(paths) or faults
    for service in services.values():
        done: set[str] = set()
        for item in service.items:
            assert set(item.after) <= done and set(item.reads) <= {field.id for field in service.fields}
            done.add(item.id)


def test_conditions_are_judged_as_data() -> None:
    old = Condition(fact="age", at_least=60)
    assert unmet((old,), {"age": 60}) is None
    assert unmet((old,), {"age": 59}) is not None and unmet((old,), {}) is not None
    single = Condition(fact="has_child", is_not=True)
    assert unmet((single,), {"has_child": False}) is None and unmet((single,), {"has_child": True}) is not None
    assert contradiction((single, msgspec.structs.replace(single, is_not=False))) == "has_child must be both yes and no"
    assert contradiction((old, Condition(fact="age", at_most=60))) is None
