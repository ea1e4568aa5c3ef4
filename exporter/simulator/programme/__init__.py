"""What a company sends to its people: titles, their launches, and phishing simulations."""
