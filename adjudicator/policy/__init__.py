"""Policy documents as the engine reads them; the loader is imported only by those who load."""
