/* Read as text only: note.Add note.Show note.List note.ImportAll note.Watch note.DropPin. */
