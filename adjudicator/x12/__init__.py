"""The trade's file format: 837 text into claims, decisions into 835 and 277CA text. Pure: text in, values out, and back."""
