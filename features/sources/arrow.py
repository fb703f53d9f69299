"""Arrow's columns and functions, typed as this package uses them."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute

if TYPE_CHECKING:
    Values = pa.Array[Any]
else:
    Values = pa.Array

# The published signatures know fewer mixtures of columns and single values than the functions take.
pc: Any = pyarrow.compute
