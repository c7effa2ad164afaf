"""`qwalo doctor`: does this installation have what it needs, and what is to be done where it has not?"""

from qwalo.doctor.examining import examine
from qwalo.doctor.findings import Finding
from qwalo.doctor.printing import as_json, as_text

__all__ = ["Finding", "as_json", "as_text", "examine"]
