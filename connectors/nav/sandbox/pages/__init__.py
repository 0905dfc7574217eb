"""Page web services of NAV 2016 to 2018 and Business Central (NAV contract 1.4)."""
