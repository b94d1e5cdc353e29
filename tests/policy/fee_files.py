"""Small files in the publishers' own layouts, and a payer that binds them: facts of procedures, no descriptors."""

# ruff: noqa: E501, W291 - rows are as long as the publishers write them, with their spaces

from tests.policy.small_set import CITE, small_set
from tests.policy.test_publishers import binding, version

PPRRVU = """\
,,2024 National Physician Fee Schedule Relative Value File,,,,,,,,,,,,,,,,,,,,,,,,,,,,
,, ,,,,,,,,,,,,,,,,,,,,,,,,,,,,
,, ,,,,,,,,,,,,,,,,,,,,,,,,,,NON-FACILITY,FACILITY,
,,,,NOT USED,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED
,,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,FOR OPPS,FOR OPPS,FOR OPPS
,,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT
99214,,,A,,1.92,1.98,,0.83,,0.14,4.04,2.89,0,XXX,0.00,0.00,0.00,0,0,0,0,0,,33.2875,09,0,99,0.00,0.00,0.00
70450,,,A,,0.85,2.74,,2.74,NA,0.07,3.66,3.66,1,XXX,0.00,0.00,0.00,4,0,0,0,0,,33.2875,01,0,88,2.20,2.20,0.07
70450,TC,,A,,0.00,2.40,,2.40,NA,0.02,2.42,2.42,1,XXX,0.00,0.00,0.00,4,0,0,0,0,,33.2875,01,0,88,1.86,1.86,0.02
70450,26,,A,,0.85,0.34,,0.34,,0.05,1.24,1.24,1,XXX,0.00,0.00,0.00,4,0,0,0,0,,33.2875,09,0,88,0.00,0.00,0.00
33533,,,A,,33.75,11.42,NA,11.42,,7.80,52.97,52.97,0,090,0.09,0.84,0.07,2,0,2,1,0,,33.2875,09,0,99,0.00,0.00,0.00
45378,53,,A,,1.63,4.10,,0.78,,0.20,5.93,2.61,0,000,0.00,0.00,0.00,2,0,1,0,0,,33.2875,09,0,99,0.00,0.00,0.00
99070,,,B,,0.00,0.00,,0.00,,0.00,0.00,0.00,9,XXX,0.00,0.00,0.00,9,9,9,9,9,,33.2875,09,0,99,0.00,0.00,0.00
D0150,,,R,,0.00,0.00,,0.00,,0.00,0.00,0.00,9,YYY,0.00,0.00,0.00,9,9,9,9,9,,33.2875,09,0,99,0.00,0.00,0.00
G0101,,,A,,0.45,0.70,,0.18,,0.03,1.18,0.66,0,XXX,0.00,0.00,0.00,0,0,0,0,0,,33.2875,09,1,99,0.00,0.00,0.00
"""
GPCI = """\
ADDENDUM E. FINAL CY 2024 GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE AND MEDICARE LOCALITY,,,,,,
,,,,,,
Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,2024 PW GPCI (with 1.0 Floor),2024 PE GPCI,2024 MP GPCI
 6302 ,WI,0 ,WISCONSIN,1.010,0.985,0.72
02102,AK,01,ALASKA*,1.5,1.081,0.592
"MAC Assignments as of November 22, 2023",,,,,,
*Work GPCI reflects a 1.5 floor in Alaska.,,,,,,
"""
ZIP = "zip5,start,end,carrier,locality\n53703,2020,9999,06302,00\n99501,2020,2023,02102,09\n99501,2024,9999,2102,1\n"
OPPSCAP = """\
HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE,NON-FACILTY PRICE
70450,TC,A,6302 ,0 ,61.46,61.46
70450,,A,06302,00,102.40,102.40
"""
LOCCO = """\
COUNTIES INCLUDED IN 2024 LOCALITIES,,,,
,,,,
Medicare Adminstrative Contractor,Locality Number,State ,Fee Schedule Area ,Counties
,,,,
6302,0,WISCONSIN ,STATEWIDE ,ALL COUNTIES 
2102,1,ALASKA ,STATEWIDE ,ALL COUNTIES 
*  Payment locality is serviced by two carriers.,,,,
"""
ANES = "Contractor,Locality,Locality Name,National Anes CF of 20.7739\n06302 ,00 ,WISCONSIN,19.71 \n"
ASP = """\
Payment Allowance Limits for Medicare Part B Drugs,,,,,,,,,,,
,,,,,,,,,,,
HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage,Vaccine AWP%,Vaccine Limit,Blood AWP%,Blood limit,Clotting Factor,Notes,
J1885,,15 MG,15.900,20.000,,,,,,,
90653,,0.5 ML,N/A,0.000,,,,,,,
"""
CLFS = """\
2024 Clinical Diagnostic Laboratory Fee Schedule ,,,,,,,,
YEAR,HCPCS,MOD,EFF_DATE,INDICATOR,RATE,SHORTDESC,LONGDESC,EXTENDED LONGDESC
2024,80053,,20240101,N,00010.56,,,
2024,80053,QW,20240101,N,10.5,,,
2024,0020M,,20240101,L,00000.00,,,
"""
DMEPOS = """\
"Durable Medical Equipment,",,,,,,,,,
HCPCS,Mod,Mod2,JURIS,CATG,Ceiling,Floor,WI (NR),WI (R),AK (NR),Description
E0100,NU,,D,IN,25.00,20.00,20.50,22.75,31.00,
E0100,RR,,D,IN,2.50,2.00,2.05,0.00,3.10,
A4217,AU,,J,OS,4.38,3.72,3.72,0.00,4.38,
A4217,,,J,SU,4.38,3.72,3.60,0.00,0.00,
"""
MEDICARE = f"""\
kind: fees
title: Medicare
versions:
  - effective: 2024-01-01
    {CITE}
    method: relative-value
    values: tables/procedure-indicators
    payable_statuses: [A, R, T]
    indices: tables/geographic-indices
    localities: tables/zip-localities
    cap: computed
    conversion_factor: 33.2875
    conversion_factor_qualifying: 33.5000
"""


def listed(table: str) -> str:
    """A schedule that pays a table's amounts."""
    return f"""\
kind: fees
title: Listed
versions:
  - effective: 2024-01-01
    {CITE}
    method: flat
    amounts: tables/{table}
"""


FILES = {
    "procedure-indicators": ("pprrvu", PPRRVU),
    "geographic-indices": ("gpci", GPCI),
    "zip-localities": ("zip5", ZIP),
    "outpatient-caps": ("oppscap", OPPSCAP),
    "localities": ("locco", LOCCO),
    "anesthesia-factors": ("anes", ANES),
    "drug-limits": ("asp", ASP),
    "laboratory-fees": ("clfs", CLFS),
    "equipment-fees": ("dmepos", DMEPOS),
}


def fee_set(**changed: str) -> dict[str, bytes]:
    """The small policy set with every fee table, and a schedule on each.

    Args:
        changed: other contents, by name of the table with ``_`` for ``-``, or of the document ``medicare``.
    """
    files = dict(small_set())
    for lists, (layout, content) in FILES.items():
        written = changed.get(lists.replace("-", "_"), content).encode()
        files[f"tables/{lists}.csv"] = written
        files[f"tables/{lists}.yaml"] = binding(lists, version(f"tables/{lists}.csv", written, layout))
    files["fees/medicare.yaml"] = changed.get("medicare", MEDICARE).encode()
    for table in ("drug-limits", "laboratory-fees", "equipment-fees"):
        files[f"fees/{table}.yaml"] = listed(table).encode()
    return files
