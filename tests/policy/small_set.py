"""The smallest complete policy set, as files: what a test does not change is right."""

import hashlib
from collections.abc import Mapping

CITE = "cite: {title: A test's own source, section: '1', url: 'https://payer.example/1'}"

TABLES = {
    "procedures": (
        "code,effective,ends,description\n"
        "99213,2015-10-01,,Visit\n"
        "00100,2015-10-01,,Anesthesia\n"
        "G0121,2015-10-01,,Screening\n"
    ),
    "diagnoses": "code,effective,ends,billable\nE11,2015-10-01,,false\nE119,2015-10-01,,true\nI10,2015-10-01,,true\n",
    "modifiers": "code,effective,ends,description\n25,2015-10-01,,Separate visit\n",
    "places": "code,effective,ends,facility,description\n11,2015-10-01,,false,Office\n21,2015-10-01,,true,Hospital\n",
    "carc": (
        "code,effective,ends,groups,needs_remark,use\n"
        "6,1995-01-01,,,false,\n"
        "15,1995-01-01,2018-04-30,,false,\n"
        "16,1995-01-01,,,true,\n"
        "18,1995-01-01,,OA,false,\n"
        "45,1995-01-01,,CO PR,false,part\n"
        "50,1995-01-01,,,false,\n"
        "192,2005-10-31,,,false,claims\n"
        "197,2006-10-31,,,false,\n"
        "307,2026-08-17,,,true,\n"
    ),
    "rarc": "code,effective,ends,alert\nM51,1997-01-01,,false\nN129,2002-10-31,,false\nN549,2012-03-06,,true\n",
}

PLAN = f"""\
kind: plan
title: Test plan
versions:
  - effective: 2025-01-01
    {CITE}
    product: PPO
    filing_limit_days: 365
    cost_share_order: [copay, deductible, coinsurance]
    in_network:
      deductible: {{individual: 1000.00, family: 2000.00, structure: embedded}}
      out_of_pocket: {{individual: 4000.00, family: 8000.00, structure: embedded}}
    out_of_network:
      deductible: {{individual: 2000.00, family: 4000.00, structure: embedded}}
      out_of_pocket: {{individual: 8000.00, family: 16000.00, structure: embedded}}
    benefits:
      - {{id: visit, for: [sets/visits], in_network: {{copay: 30.00}}, out_of_network: {{coinsurance: 0.40}}}}
      - {{id: everything-else, for: any, in_network: {{deductible: true}}, out_of_network: {{covered: false}}}}
"""

DOCUMENTS = {
    "payer.yaml": f"""\
kind: payer
title: Test payer
versions:
  - effective: 2025-01-01
    {CITE}
    name: TEST PAYER
    payer_id: TESTPAYER
    tax_id: 001234567
    address: {{line_1: 1 TEST WAY, city: TESTVILLE, state: NO, postal_code: 000000000}}
    contact: {{name: SERVICES, phone: 0000000000, url: "https://payer.example"}}
    out_of_network: contracts/outside
    appeal_limit_days: 180
    payment_method: CHK
    duplicate_of_denied: false
    neutral_modifiers: ["25"]
    liability_indicators: [WC]
    clinician_reasons: ["50"]
    queues:
      clinical: {{name: Clinical, code: MED, target_days: 5}}
      examiner: {{name: Examiners, code: QA, target_days: 2}}
      system: {{name: System, code: SYS, target_days: 0}}
""",
    "plans/test.yaml": PLAN,
    "contracts/inside.yaml": f"""\
kind: contract
title: Inside
versions:
  - effective: 2025-01-01
    {CITE}
    pay:
      - {{for: [G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}}
      - {{for: any, from: fees/relative, rate: 1.15, lesser_of_charge: true}}
""",
    "contracts/outside.yaml": f"""\
kind: contract
title: Outside
versions:
  - effective: 2025-01-01
    {CITE}
    network: false
    pay:
      - {{for: any, from: fees/flat, rate: 1, lesser_of_charge: true}}
""",
    "fees/flat.yaml": f"""\
kind: fees
title: Flat
versions:
  - effective: 2025-01-01
    {CITE}
    method: flat
    amounts:
      99213: 92.00
      00100: {{facility: 40.00}}
""",
    "fees/relative.yaml": f"""\
kind: fees
title: Relative
versions:
  - effective: 2025-01-01
    {CITE}
    method: relative-value
    work_index: 1.010
    practice_index: 0.985
    malpractice_index: 0.720
    conversion_factor: 33.4009
    values:
      99213: {{work: 1.92, practice: 1.98, practice_facility: NA, malpractice: 0.14}}
""",
    "sets/visits.yaml": f"""\
kind: set
title: Visits
of: procedures
versions:
  - effective: 2025-01-01
    {CITE}
    codes: [99211-99215]
""",
    "coverage/screening.yaml": f"""\
kind: coverage
title: Screening
versions:
  - effective: 2025-01-01
    {CITE}
    procedures: [G0121]
    criteria:
      - id: age
        quote: Adults aged 45 through 75 years.
        require: {{age_years: {{min: 45, max: 75}}}}
        otherwise: {{deny: "6", group: CO, remarks: [N129]}}
      - id: need
        quote: Only where it is needed.
        when: {{diagnoses: [E11*]}}
        then: {{pend: clinical, ask: "Is it needed?"}}
""",
    "authorization/list.yaml": f"""\
kind: authorization
title: Prior authorization
versions:
  - effective: 2025-01-01
    {CITE}
    services:
      - id: anesthesia
        quote: Anesthesia needs approval.
        for: [0*]
        otherwise: {{deny: "197"}}
""",
    "guidance/all.yaml": f"""\
kind: guidance
title: Guidance
versions:
  - effective: 2025-01-01
    {CITE}
    rules:
      exact-duplicate: {{deny: "18", cause: Sent before., who: biller, step: Post the first., remedy: none, patient: Nothing.}}
      billing-npi.invalid:
        {{reject: ["A7:562:85"], cause: Not an NPI., who: biller, step: Correct it., remedy: new_claim, patient: Nothing.}}
    reasons:
      "6": {{cause: Age., who: biller, step: Check the age., remedy: replacement, patient: Nothing.}}
      CO-197: {{cause: Not approved., who: provider, step: Appeal., remedy: appeal, appeal: true, patient: Nothing.}}
      pend/clinical: {{cause: In review., who: payer, step: Wait., remedy: wait, patient: Nothing.}}
""",
}


def small_set(tables: Mapping[str, str] = TABLES, **documents: str) -> dict[str, bytes]:
    """The files of the set.

    Args:
        tables: the CSV of each code table; each is bound by its checksum.
        documents: documents to add or put in place of others, by path with ``__`` for ``/`` and without ending.
    """
    files = {path: text.encode() for path, text in DOCUMENTS.items()}
    for lists, csv in tables.items():
        files[f"tables/{lists}.csv"] = csv.encode()
        files[f"tables/{lists}.yaml"] = f"""\
kind: table
title: {lists}
lists: {lists}
versions:
  - effective: 2015-10-01
    {CITE}
    publisher: A test
    period: "2026"
    layout: code-list
    file: tables/{lists}.csv
    sha256: {hashlib.sha256(csv.encode()).hexdigest()}
""".encode()
    return files | {f"{path.replace('__', '/')}.yaml": text.encode() for path, text in documents.items()}


def changed(path: str, old: str, new: str) -> dict[str, bytes]:
    """The set with one text of one file replaced; the text must stand there exactly once."""
    files = small_set()
    text = files[path].decode()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    return files | {path: text.replace(old, new).encode()}
