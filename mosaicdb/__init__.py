"""Photo mosaics from an incremental tile database, with provably optimal matching.

The names in `__init__.pyi` are the library; each is imported when it is first used, so that
`import mosaicdb` costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
